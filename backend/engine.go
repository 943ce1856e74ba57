package backend

import (
	"berth/backend/apiport"
	"berth/backend/books"
	"berth/backend/engine"
	"berth/backend/engine/memory"
	"berth/backend/handover"
	"berth/backend/inside"
	"berth/backend/keeper"
	"berth/backend/world"
)

// An Engine is what the rooms ask of the container engine, all together. engine.Docker is the real one, memory.Engine
// that of demos and quick tests.
type Engine interface {
	world.Engine
	keeper.Engine
	inside.Engine
	handover.Engine
	apiport.Engine
	books.Engine
	Close() error
}

var (
	_ Engine = (*engine.Docker)(nil)
	_ Engine = (*memory.Engine)(nil)
)
