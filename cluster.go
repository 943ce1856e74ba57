//go:build cluster

package main

import (
	"context"
	"os"

	"berth/backend/catalog"
	"berth/backend/kube"
	"berth/backend/sshkey"
	"berth/model"
	"berth/ui/cli"
)

// The build with --cluster: a machine without a cluster needn't carry what speaks to one.
func init() { openCluster = cluster }

// onCluster is the Cluster of the command line: the cluster, and this user's own templates and order files.
type onCluster struct {
	*kube.Cluster
	catalog *catalog.Catalog
}

var _ cli.Cluster = onCluster{}

// ReadOrder reads an order file.
func (k onCluster) ReadOrder(path string) (model.Order, error) { return catalog.ReadOrder(path) }

// Templates returns the templates of this computer and of this user.
func (k onCluster) Templates(context.Context) ([]model.Template, error) { return k.catalog.Templates() }

// cluster opens the cluster. Its instances let in the keys that the user has here.
func cluster(g cli.Globals) (cli.Cluster, error) {
	_, c, err := configured(g, g.Home, owner())
	if err != nil {
		return nil, err
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, err
	}
	k, err := kube.Open(sshkey.Own(context.Background(), home, os.Getenv("SSH_AUTH_SOCK")))
	return onCluster{k, c}, err
}
