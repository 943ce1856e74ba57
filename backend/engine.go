package backend

import (
	"berth/backend/apiport"
	"berth/backend/books"
	"berth/backend/engine"
	"berth/backend/engine/memory"
	"berth/backend/handover"
	"berth/backend/inside"
	"berth/backend/keeper"
	"berth/backend/snapshot"
	"berth/backend/world"
)

// An Engine has every method that the rooms use of a container engine. engine.Docker is the real engine, memory.Engine
// the one of demos and quick tests.
type Engine interface {
	world.Engine
	keeper.Engine
	inside.Engine
	snapshot.Engine
	handover.Engine
	apiport.Engine
	books.Engine
	Close() error
}

var (
	_ Engine = (*engine.Docker)(nil)
	_ Engine = (*memory.Engine)(nil)
)
