package kube

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"berth/model"
)

// ours is the label of everything that berth makes, and id the one that all objects of an instance share.
const (
	ours   = "app.kubernetes.io/managed-by"
	byUs   = "berth"
	withID = "berth.dev/id"
)

// Annotations of an instance's Service.
const (
	noteOwner   = "berth.dev/owner"    // by the API server's word at the launch
	noteLabel   = "berth.dev/label"    // the display name
	notePromise = "berth.dev/promise"  // a promise, as JSON
	noteHostKey = "berth.dev/host-key" // of its SSH server, public
	noteLaunch  = "berth.dev/launch"   // which launch made it
)

// A promise is what is fixed when an order is accepted, without its secrets: everybody who may list Services reads it.
type promise struct {
	Order    model.Order `json:"order"` // without variables and on-start script
	Share    model.Share `json:"share"`
	Model    string      `json:"gpu_model,omitempty"`
	Data     string      `json:"data"`
	Hostname string      `json:"hostname,omitempty"`
}

// A sight is the cluster at one moment.
type sight struct {
	at        time.Time
	me        string
	nodes     []node
	pods      []pod // of everybody
	partial   bool  // only our namespace's: this user may not see others
	instances []instance
}

// An instance is one with the objects that it is made of.
type instance struct {
	model.Instance
	service service
	job     *job
	pod     *pod // the newest
}

func (s *sight) find(id model.InstanceID) (instance, bool) {
	for _, i := range s.instances {
		if i.ID == id {
			return i, true
		}
	}
	return instance{}, false
}

// look reads everything once.
func (c *Cluster) look(ctx context.Context) (*sight, error) {
	s := &sight{at: time.Now()}
	var err error
	if s.me, err = c.Me(ctx); err != nil {
		return nil, err
	}
	var (
		found list[service]
		run   list[job]
		every list[pod]
		all   list[node]
	)
	selected := "?" + url.Values{"labelSelector": {ours + "=" + byUs}}.Encode()
	var reads errgroup.Group
	reads.Go(func() error { return c.api.call(ctx, "GET", c.api.in(services, "")+selected, nil, &found) })
	reads.Go(func() error { return c.api.call(ctx, "GET", c.api.in(jobs, "")+selected, nil, &run) })
	reads.Go(func() error { return c.api.call(ctx, "GET", "/api/v1/nodes", nil, &all) })
	reads.Go(func() error {
		err := c.api.call(ctx, "GET", "/api/v1/pods", nil, &every)
		if refused(err, forbidden) {
			s.partial = true
			err = c.api.call(ctx, "GET", c.api.in(pods, ""), nil, &every)
		}
		return err
	})
	if err := reads.Wait(); err != nil {
		return nil, err
	}
	s.nodes, s.pods = all.Items, every.Items
	slices.SortFunc(s.nodes, func(a, b node) int { return strings.Compare(a.Metadata.Name, b.Metadata.Name) })
	slices.SortFunc(s.pods, func(a, b pod) int {
		return cmp.Or(a.Metadata.Created.Compare(b.Metadata.Created), strings.Compare(a.Metadata.Name, b.Metadata.Name))
	})
	for _, one := range found.Items {
		id, is := idOf(one.Metadata.Name)
		if !is {
			continue
		}
		s.instances = append(s.instances, s.instance(c.api.namespace, id, one, run.Items))
	}
	slices.SortFunc(s.instances, func(a, b instance) int { return cmp.Compare(a.ID, b.ID) })
	return s, nil
}

// instance puts one instance together.
func (s *sight) instance(namespace string, id model.InstanceID, one service, run []job) instance {
	i := instance{service: one}
	notes := one.Metadata.Annotations
	var p promise
	if err := json.Unmarshal([]byte(notes[notePromise]), &p); err != nil { // somebody has changed it by hand
		i.Message = "its annotation " + notePromise + " can't be read: " + err.Error()
	}
	i.ID, i.Owner, i.Label, i.Order = id, notes[noteOwner], notes[noteLabel], p.Order
	i.Plan = model.Plan{
		Share: p.Share, GPUModel: p.Model, Disk: p.Order.DiskSize(), DiskHold: model.DiskWatched, Ports: portsOf(one), Hostname: p.Hostname,
		Env: []model.Var{{Name: "DATA_DIRECTORY", Value: p.Data}},
	}
	i.AskedAt, i.CreatedAt, i.Intent = one.Metadata.Created, one.Metadata.Created, model.WantRunning
	i.Guest.HostKey = notes[noteHostKey]
	for n := range run {
		if run[n].Metadata.Name == one.Metadata.Name {
			i.job = &run[n]
		}
	}
	for n := range s.pods {
		m := s.pods[n].Metadata
		if m.Namespace == namespace && m.Labels[withID] == one.Metadata.Labels[withID] && m.Labels[ours] == byUs {
			i.pod = &s.pods[n]
		}
	}
	phase, message := i.phase(s.at)
	i.Phase, i.Message = phase, cmp.Or(i.Message, message)
	if i.pod != nil && i.pod.Spec.NodeName != "" {
		i.Container = i.pod.Metadata.UID
	}
	return i
}

// portsOf reads the ports from their names: tcp-70000 was asked for as 70000.
func portsOf(s service) []model.Port {
	var ports []model.Port
	for _, p := range s.Spec.Ports {
		protocol, number, _ := strings.Cut(p.Name, "-")
		asked := int(quantity(number))
		from := model.PortFromOptions
		if asked == model.PortSSH && protocol == string(model.TCP) {
			from = model.PortFromMode
		}
		ports = append(ports, model.Port{Asked: asked, Internal: p.Port, External: p.NodePort, Protocol: model.Protocol(protocol), From: from})
	}
	return ports
}

// launchTime is how long a launch may take to make all objects. A Service that is alone for longer was left behind.
const launchTime = time.Minute

// phase says how far an instance is, and the cluster's own words about it.
func (i *instance) phase(now time.Time) (model.Phase, string) {
	switch {
	case i.service.Metadata.Deleted != nil:
		return model.PhaseDestroying, "the cluster removes what it is made of"
	case i.job == nil && now.Sub(i.service.Metadata.Created) > launchTime:
		return model.PhaseFailed, "its launch was broken off: destroy it"
	case i.job == nil:
		return model.PhaseCreating, "promised"
	case find(i.job.Status.Conditions, "Complete").Status == "True", find(i.job.Status.Conditions, "Failed").Status == "True":
		return i.ended()
	case i.job.Spec.Suspend && i.pod != nil && !i.pod.over():
		return model.PhaseStopping, "its processes are asked to end"
	case i.job.Spec.Suspend:
		i.Intent = model.WantStopped
		return model.PhaseStopped, "only " + i.Plan.DataDirectory() + " and /root are kept"
	case i.pod == nil || i.pod.over():
		return model.PhaseCreating, "its pod is being made"
	}
	return i.pod.phase()
}

// ended is the phase of an instance whose main process ended by itself, or never began.
func (i *instance) ended() (model.Phase, string) {
	why := find(i.job.Status.Conditions, "Failed").Message
	if i.pod == nil {
		return model.PhaseExited, cmp.Or(why, "its main process ended")
	}
	for _, c := range slices.Concat(i.pod.Status.Init, i.pod.Status.Containers) {
		t := c.State.Terminated
		if t == nil || c.Name != mainContainer && t.ExitCode == 0 {
			continue
		}
		i.EndedAt, i.StartedAt = t.FinishedAt, t.StartedAt
		if c.Name != mainContainer {
			return model.PhaseFailed, fmt.Sprintf("its %s ended with code %d: %s", c.Name, t.ExitCode, cmp.Or(t.Message, t.Reason))
		}
		i.ExitCode = model.Known(t.ExitCode)
		message := fmt.Sprintf("its main process ended with code %d", t.ExitCode)
		if lines := strings.Split(strings.TrimSpace(t.Message), "\n"); lines[0] != "" { // the end of its output
			message += ": " + lines[len(lines)-1]
		}
		return model.PhaseExited, message
	}
	return model.PhaseFailed, cmp.Or(i.pod.Status.Message, i.pod.Status.Reason, why)
}

// phase is how far a pod is that isn't over.
func (p *pod) phase() (model.Phase, string) {
	if p.Metadata.Deleted != nil {
		return model.PhaseStopping, "its processes are asked to end"
	}
	placed := find(p.Status.Conditions, "PodScheduled")
	if placed.Status != "True" {
		return model.PhaseScheduling, cmp.Or(placed.Message, "the scheduler hasn't looked yet")
	}
	for _, c := range slices.Concat(p.Status.Init, p.Status.Containers) {
		w := c.State.Waiting
		switch {
		case w == nil:
		case strings.Contains(w.Reason, "Image") || strings.Contains(w.Reason, "Pull"):
			return model.PhaseLoading, cmp.Or(w.Message, w.Reason)
		case w.Message != "":
			return model.PhaseStarting, w.Message
		}
	}
	for _, c := range p.Status.Containers {
		switch {
		case c.Name != mainContainer || c.State.Running == nil:
		case c.Ready:
			return model.PhaseRunning, "runs on " + p.Spec.NodeName
		default:
			return model.PhaseConnecting, "runs on " + p.Spec.NodeName + ", and its SSH server doesn't answer yet"
		}
	}
	return model.PhaseStarting, "placed on " + p.Spec.NodeName
}

// Fleet returns the cluster as if it were one machine: the GPUs of all nodes, in the order of the nodes' names, and the
// instances.
func (c *Cluster) Fleet(ctx context.Context) (model.Fleet, error) {
	s, err := c.look(ctx)
	if err != nil {
		return model.Fleet{}, err
	}
	return s.fleet(), nil
}

func (s *sight) fleet() model.Fleet {
	f := model.Fleet{At: s.at, Engine: model.Condition{OK: true}, Driver: model.Condition{OK: true}}
	f.Host.Name, f.Host.Cluster = "the cluster", true
	for n := range s.nodes {
		if f.Host.PublicIP == "" && s.nodes[n].takes() {
			f.Host.PublicIP = s.nodes[n].address()
		}
		f.Devices = append(f.Devices, s.slots(&s.nodes[n])...)
	}
	for n := range f.Devices {
		f.Devices[n].Index = n
	}
	if s.partial {
		f.Unread = append(f.Unread, "you may not list the pods of other namespaces: a GPU that one of them has is shown as free")
	}
	for _, i := range s.instances {
		for n, d := range f.Devices {
			if d.Holder.ID == i.ID.String() {
				i.GPUs = append(i.GPUs, d.ID)
				f.Devices[n].Holder.Owner, f.Devices[n].Holder.Name = i.Owner, i.Label
			}
		}
		f.Instances = append(f.Instances, i.Instance)
	}
	return f
}

// slots are a node's GPUs. The API says how many a pod has and not which, so a slot is a place and no certain card: the
// pods have them in the order in which they came.
func (s *sight) slots(n *node) []model.Device {
	all := make([]model.Device, n.gpus())
	for slot := range all {
		d := &all[slot]
		d.ID = model.GPUID(fmt.Sprintf("%s/%d", n.Metadata.Name, slot))
		d.Model = strings.ReplaceAll(cmp.Or(n.Metadata.Labels["nvidia.com/gpu.product"], "GPU"), "-", " ")
		d.NUMA, d.Minor, d.Holder.Kind = -1, -1, model.HeldByNobody
		d.Health = model.Health{OK: n.takes(), Reason: "its node takes no pods now"}
	}
	next := 0
	for p := range s.pods {
		p := &s.pods[p]
		if p.Spec.NodeName != n.Metadata.Name || p.over() {
			continue
		}
		for range p.gpus() {
			if next == len(all) { // the device plugin has gone, and its pods haven't
				return all
			}
			all[next].Holder = holderOf(p)
			next++
		}
	}
	return all
}

func holderOf(p *pod) model.Holder {
	if id, err := model.ParseInstanceID(p.Metadata.Labels[withID]); err == nil && p.Metadata.Labels[ours] == byUs {
		return model.Holder{Kind: model.HeldByInstance, ID: id.String(), Since: p.Metadata.Created}
	}
	return model.Holder{Kind: model.HeldByContainer, ID: p.Metadata.Namespace + "/" + p.Metadata.Name, Since: p.Metadata.Created}
}

// capacity is what an order is checked against. All GPUs of an instance are on one node: so it is the node, among those
// that take the order's model, with most GPUs free. Its share is a part of that node.
func (s *sight) capacity(o model.Order, keys []string) model.Capacity {
	c := model.Capacity{At: s.at, Account: model.Account{Owner: s.me, Keys: keys}}
	most := -1
	for n := range s.nodes {
		candidate := &s.nodes[n]
		devices := s.slots(candidate)
		if !candidate.takes() || candidate.Metadata.Labels["kubernetes.io/arch"] != runtime.GOARCH ||
			o.GPUModel != "" && !slices.ContainsFunc(devices, func(d model.Device) bool { return model.GoesBy(d.Model, o.GPUModel) }) {
			continue
		}
		free := 0
		for _, d := range devices {
			if d.Free() {
				free++
			}
		}
		if enough := min(free, o.GPUs)*1000 + len(devices); enough > most {
			most = enough
			c.Devices = devices
			c.Host = model.Host{
				Name: candidate.Metadata.Name, Cores: int(quantity(candidate.Status.Allocatable["cpu"])),
				Memory: model.Bytes(quantity(candidate.Status.Allocatable["memory"])), DiskMin: model.GB,
			}
		}
	}
	return c
}
