package kube

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"

	"berth/assets"
	"berth/backend/secret"
	"berth/model"
)

// Propose works out what an order gets now, or says everything that is wrong with it. The scheduler alone decides about
// GPUs: another launch may come first.
func (c *Cluster) Propose(ctx context.Context, o model.Order) (model.Plan, error) {
	s, err := c.look(ctx)
	if err != nil {
		return model.Plan{}, err
	}
	plan, faults := s.propose(o, c.keys)
	return plan, faults.Err()
}

func (s *sight) propose(o model.Order, keys []string) (model.Plan, model.Faults) {
	capacity := s.capacity(o.WithDefaults(), keys)
	plan, faults := model.Propose(o, capacity)
	return plan, append(faults, cannot(o)...)
}

// cannot says what of an order a cluster can't do.
func cannot(o model.Order) (faults model.Faults) {
	const notYet = "a cluster can't do that yet"
	no := func(is bool, field, value, why string) {
		if is {
			faults = append(faults, model.Fault{Field: field, Value: value, Reason: why})
		}
	}
	no(o.Mode == model.ModeJupyter, "mode", string(o.Mode), notYet)
	no(len(o.PickGPUs) > 0, "pick_gpus", "", "the cluster's device plugin picks the GPUs")
	no(len(o.Folders) > 0, "folders", strings.Join(o.Folders, ", "), notYet)
	no(len(o.Volumes) > 0, "volumes", strings.Join(o.Volumes, ", "), notYet)
	no(o.Registry != "", "registry", o.Registry, notYet)
	no(o.For != 0, "for", o.For.String(), notYet)
	no(o.Until != "", "until", o.Until, notYet)
	return faults
}

// attempts is how often another number is tried, while others launch at the same time.
const attempts = 100

// Launch makes an instance: first the Service, which is the lease of its number and of its ports, then what it owns. If
// one can't be made, the Service is deleted, and all goes with it.
func (c *Cluster) Launch(ctx context.Context, o model.Order) (model.Instance, error) {
	s, err := c.look(ctx)
	if err != nil {
		return model.Instance{}, err
	}
	o = o.WithDefaults()
	plan, faults := s.propose(o, c.keys)
	if err := faults.Err(); err != nil {
		return model.Instance{}, err
	}
	plan.GPUs, plan.WhyGPUs = nil, nil
	plan.APIKey, plan.Secret = secret.Hex(), secret.Hex()
	if value, _ := plan.Var("OPEN_BUTTON_TOKEN"); value == "1" {
		plan.Token = secret.Hex()
	}
	d := &draft{Instance: model.Instance{Owner: s.me, Label: o.Label, Order: o, Plan: plan}, launch: secret.Hex()}
	if d.program, err = c.deliver(ctx); err != nil {
		return model.Instance{}, err
	}
	private, err := d.makeHostKey()
	if err != nil {
		return model.Instance{}, err
	}
	made, err := c.lease(ctx, s, d)
	if err != nil {
		return model.Instance{}, err
	}
	d.owner, d.Plan.Ports = ownedBy(made), portsOf(made)
	d.guest = model.Guest{
		Instance: d.ID, Start: "1", Mode: o.Mode, Keys: plan.Keys, Secret: plan.Secret, APIKey: plan.APIKey, HostKey: private,
		OnStart: model.UnixLines(o.OnStart), Export: o.ExportEnv, ImageEnv: []string{sessionPath}, Grace: grace,
	}
	if err := c.furnish(ctx, d); err != nil {
		return model.Instance{}, errors.Join(err, c.abandon(ctx, d))
	}
	d.Phase, d.Message = model.PhaseCreating, "promised"
	return d.Instance, nil
}

// sessionPath is the PATH of SSH sessions. The API doesn't tell the image's own.
const sessionPath = "PATH=/usr/local/nvidia/bin:/usr/local/cuda/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// makeHostKey makes the key of the instance's SSH server, which stays the same over its stops. It returns the private
// half as PEM.
func (d *draft) makeHostKey() (string, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", err
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		return "", err
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		return "", err
	}
	d.hostKey = strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key)))
	return string(pem.EncodeToMemory(block)), nil
}

// lease creates the Service under the next free number. Identity ports get their number once it is known.
func (c *Cluster) lease(ctx context.Context, s *sight, d *draft) (service, error) {
	for _, i := range s.instances {
		d.ID = max(d.ID, i.ID)
	}
	for range attempts {
		d.ID++
		ask, err := d.serviceObject()
		if err != nil {
			return service{}, err
		}
		var made service
		err = c.api.call(ctx, http.MethodPost, c.api.in(services, ""), ask, &made)
		if refused(err, exists) {
			continue
		}
		if err == nil {
			made, err = c.mirror(ctx, made)
		}
		if err != nil { // it may have been made all the same
			err = errors.Join(err, c.abandon(ctx, d))
		}
		return made, err
	}
	return service{}, fmt.Errorf("no free number in %d attempts", attempts)
}

// abandonTime is how long a launch that broke off tries to take back what it has made, and abandonPause is between tries.
const abandonTime, abandonPause = time.Minute, time.Second

// abandon takes back the lease of a launch that broke off, if it was made, and all goes with it. The API server may be
// away, which broke it off, and refuse for a while after it is back: it is asked until it agrees. If it doesn't, the
// instance stays behind as failed.
func (c *Cluster) abandon(ctx context.Context, d *draft) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abandonTime)
	defer cancel()
	path := c.api.in(services, nameOf(d.ID))
	for {
		var now service
		err := c.api.call(ctx, http.MethodGet, path, nil, &now)
		if err == nil && now.Metadata.Annotations[noteLaunch] != d.launch {
			return nil // another launch has the number
		}
		if err == nil {
			err = c.api.call(ctx, http.MethodDelete, path, object{"preconditions": object{"uid": now.Metadata.UID}}, nil)
		}
		switch {
		case err == nil, refused(err, absent):
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("%s may be left behind: look for it with ls, and destroy it: %w", d.ID, err)
		}
		wait(ctx, abandonPause, nil)
	}
}

// mirror gives every identity port its outer number inside too.
func (c *Cluster) mirror(ctx context.Context, s service) (service, error) {
	var ports []object
	changed := false
	for n, p := range portsOf(s) {
		inside := p.Internal
		if p.Identity() {
			inside, changed = p.External, true
			s.Spec.Ports[n].Port = inside
		}
		was := s.Spec.Ports[n]
		ports = append(ports, object{"name": was.Name, "protocol": was.Protocol, "port": inside, "targetPort": inside, "nodePort": was.NodePort})
	}
	if !changed {
		return s, nil
	}
	return s, c.api.patch(ctx, c.api.in(services, s.Metadata.Name), object{"spec": object{"ports": ports}})
}

// furnish makes all that the Service owns. The Job comes last: its pod needs the others.
func (c *Cluster) furnish(ctx context.Context, d *draft) error {
	both, err := d.secretObjects()
	if err != nil {
		return err
	}
	for _, s := range both {
		if err := c.api.call(ctx, http.MethodPost, c.api.in(secrets, ""), s, nil); err != nil {
			return err
		}
	}
	if err := c.api.call(ctx, http.MethodPost, c.api.in(claims, ""), d.claimObject(), nil); err != nil {
		return err
	}
	return c.api.call(ctx, http.MethodPost, c.api.in(jobs, ""), jobObject(d.meta(""), d.template()), nil)
}

// deliver makes sure that the launcher is in the cluster, and returns the names of its ConfigMaps.
func (c *Cluster) deliver(ctx context.Context) ([]string, error) {
	packed, err := assets.PackedGuest()
	if err != nil {
		return nil, fmt.Errorf("the launcher: %w", err)
	}
	sum := sha256.Sum256(packed)
	var names []string
	for n, part := range slices.Collect(slices.Chunk(packed, partSize)) {
		name := fmt.Sprintf("berth-launcher-%x-%d", sum[:4], n)
		names = append(names, name)
		err := c.api.call(ctx, http.MethodGet, c.api.in(configMaps, name)+"?resourceVersion=0", nil, nil)
		if refused(err, absent) {
			err = c.api.call(ctx, http.MethodPost, c.api.in(configMaps, ""), partObject(name, n, part), nil)
		}
		if err != nil && !refused(err, exists) {
			return nil, err
		}
	}
	return names, nil
}
