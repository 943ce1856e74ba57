// Package kube keeps instances on a Kubernetes cluster that is there: its scheduler hands out the GPUs, its API server
// keeps the promises, its controllers start and end what runs. No process of berth has to run, and berth stores nothing
// of its own: what is known about an instance is in the cluster's objects.
//
// An instance is a Service, whose name is the lease of its number and whose node ports are the lease of its ports. The
// Service owns all else: two Secrets, a PersistentVolumeClaim and a Job with one pod (manifest.go). Begin reading with
// Open and Cluster.
package kube

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"

	"berth/model"
)

// A Cluster is a namespace of a cluster, as one user may use it. Its methods may be called from any goroutine.
type Cluster struct {
	api  *client
	keys []string // SSH public keys that new instances let in

	mu sync.Mutex
	me string // the user's name, by the API server's word; empty: not asked yet
}

// Open returns the cluster that the kubeconfig names, or that this process runs in. keys are the SSH public keys that
// instances let in. It connects to nothing yet.
func Open(keys []string) (*Cluster, error) {
	a, err := findAccess()
	if err != nil {
		return nil, err
	}
	api, err := newClient(a)
	if err != nil {
		return nil, err
	}
	return &Cluster{api: api, keys: keys}, nil
}

// Me returns the name that the API server knows this user by.
func (c *Cluster) Me(ctx context.Context) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.me != "" {
		return c.me, nil
	}
	var review struct {
		Status struct {
			UserInfo struct{ Username string }
		}
	}
	ask := object{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
	if err := c.api.call(ctx, http.MethodPost, "/apis/authentication.k8s.io/v1/selfsubjectreviews", ask, &review); err != nil {
		return "", fmt.Errorf("who you are: %w", err)
	}
	if c.me = review.Status.UserInfo.Username; c.me == "" {
		return "", errors.New("who you are: the API server names nobody")
	}
	return c.me, nil
}

// Logs returns the output of an instance's main process. Once it is stopped there is none.
func (c *Cluster) Logs(ctx context.Context, id model.InstanceID, r model.LogRequest) (io.ReadCloser, error) {
	if r.OnStart {
		return nil, errors.New("the on-start script's log is in the instance: /var/log/onstart.log")
	}
	s, err := c.look(ctx)
	if err != nil {
		return nil, err
	}
	i, there := s.find(id)
	switch {
	case !there:
		return nil, fmt.Errorf("%s: %w", id, model.ErrNoInstance)
	case i.pod == nil:
		return nil, fmt.Errorf("%s has no output now: a stop on a cluster ends its container and what it has written out", id)
	}
	q := url.Values{"container": {mainContainer}}
	if r.Follow {
		q.Set("follow", "true")
	}
	if r.Tail > 0 {
		q.Set("tailLines", strconv.Itoa(r.Tail))
	}
	if r.Timestamps {
		q.Set("timestamps", "true")
	}
	return c.api.stream(ctx, c.api.in(pods, i.pod.Metadata.Name)+"/log?"+q.Encode())
}

// Close lets go of the connections.
func (c *Cluster) Close() error {
	c.api.http.CloseIdleConnections()
	return nil
}
