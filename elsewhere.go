package main

import (
	"errors"
	"io"

	"berth/backend/boxes"
	"berth/backend/catalog"
	"berth/model"
	"berth/ui"
	"berth/ui/cli"
)

// patience is how long is waited for other machines. Tests have more of it.
var patience = boxes.Usual

// machines opens other machines, which the configuration names or OpenSSH's own.
func machines(names []string, g cli.Globals) (cli.Machines, error) {
	_, c, err := configured(g, g.Home, owner())
	if err != nil {
		return nil, err
	}
	places, err := boxes.Places(names, c.Config().Machines)
	if err != nil {
		return nil, err
	}
	return boxes.Open(places, version, patience)
}

// over returns the screen over other machines.
func over(m cli.Machines) (ui.Backend, error) {
	b, is := m.(*boxes.Boxes)
	if !is {
		return nil, errors.New("a screen needs connections")
	}
	return b.Screen(owner(), func(w io.Writer, o model.Order) error { return catalog.WriteTemplate(w, model.Template{Order: o}) }), nil
}

// openCluster opens the Kubernetes cluster of --cluster. It is nil in a build without the tag cluster.
var openCluster func(g cli.Globals) (cli.Cluster, error)
