package backend

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
	specs "tags.cncf.io/container-device-interface/specs-go"

	"berth/backend/gpu"
	"berth/backend/gpu/cdi"
	"berth/backend/handover"
	"berth/backend/keeper"
	"berth/model"
)

// Cards are eight GPUs that any machine can hand to real containers. Their readings are those of a simulated machine,
// and their device nodes are copies of /dev/null.
type cards struct {
	*gpu.Simulated // its SetBusy and Sample are replaced below
	dir            string

	mu       sync.Mutex
	outsider map[model.GPUID]model.Process
}

func newCards(t testing.TB) *cards {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("device nodes are made by root")
	}
	c, err := cardsAt(t.TempDir())
	check(t, err)
	const null = 1<<8 | 3
	for n := range 8 {
		check(t, unix.Mknod(c.node(n), unix.S_IFCHR|0o666, null))
	}
	return c
}

// cardsAt returns cards whose device nodes are in this folder already.
func cardsAt(dir string) (*cards, error) {
	s, err := gpu.Simulate("h100x8", time.Now)
	return &cards{Simulated: s, dir: dir, outsider: map[model.GPUID]model.Process{}}, err
}

func (c *cards) node(n int) string { return filepath.Join(c.dir, "nvidia"+strconv.Itoa(n)) }

// SetBusy replaces the simulated machine's, because here use sets which GPUs work.
func (c *cards) SetBusy() {}

// use makes another user's process run on these GPUs, and on no others.
func (c *cards) use(p model.Process, gpus ...model.GPUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.outsider)
	for _, id := range gpus {
		c.outsider[id] = p
	}
}

// Sample is gpu.Reader's, with the process that use has set.
func (c *cards) Sample(ctx context.Context) gpu.Sample {
	s := c.Simulated.Sample(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	for n, d := range s.Devices {
		if p, on := c.outsider[d.ID]; on {
			s.Devices[n].Processes = []model.Process{p}
		}
	}
	return s
}

// ids returns the GPUs in the order of their indexes.
func (c *cards) ids() []model.GPUID {
	var ids []model.GPUID
	for _, d := range c.Simulated.Sample(context.Background()).Devices {
		ids = append(ids, d.ID)
	}
	return ids
}

// host returns what NVIDIA's toolkit would generate for these cards.
func (c *cards) host(context.Context) (cdi.Host, error) {
	spec := &specs.Spec{Version: specs.CurrentVersion, Kind: "nvidia.com/gpu"}
	for n, id := range c.ids() {
		spec.Devices = append(spec.Devices, specs.Device{Name: string(id), ContainerEdits: specs.ContainerEdits{
			Env:         []string{fmt.Sprintf("CARD_%d=here", n)},
			DeviceNodes: []*specs.DeviceNode{{Path: fmt.Sprintf("/dev/nvidia%d", n), HostPath: c.node(n)}},
		}})
	}
	return cdi.NewHost("the test", spec), nil
}

// of returns the GPUs of these device nodes, in the order of indexes.
func (c *cards) of(nodes []string) []model.GPUID {
	var ids []model.GPUID
	for n, id := range c.ids() {
		if slices.Contains(nodes, fmt.Sprintf("nvidia%d", n)) {
			ids = append(ids, id)
		}
	}
	return ids
}

// with replaces a bench's simulated GPUs by these cards, before it runs. The changes are to the handover's parts.
func (b *bench) with(c *cards, changes ...func(*handover.Parts)) *bench {
	b.remake(func(p *Parts) { p.GPUs, p.Simulated, p.HostSpec = c, "", c.host })
	p := handover.Parts{
		Engine: b.parts.Engine, Home: b.home, HostSpec: c.host, Now: b.parts.Now,
		Starter: func(ctx context.Context) (string, error) { return keeper.Starter(ctx, b.parts.Engine) },
	}
	for _, change := range changes {
		change(&p)
	}
	if len(changes) > 0 {
		b.handover = handover.New(p)
		b.keeper.Handover, b.Handover = b.handover, b.handover
	}
	return b
}

var cardNode = regexp.MustCompile(`\bnvidia[0-9]+\b`)

// seen returns the GPUs that an instance's container really has, by the device nodes in it. It also checks that the
// environment of the first process agrees.
func (b *bench) seen(c *cards, i model.Instance) []model.GPUID {
	b.t.Helper()
	inside := c.of(cardNode.FindAllString(execute(b.t, b, i.ID, "ls", "/dev"), -1))
	environ := execute(b.t, b, i.ID, "cat", "/proc/1/environ")
	told, _ := cdi.GPUsIn([]byte(environ))
	if !model.SameGPUs(told, inside) {
		b.t.Errorf("%s has %v inside, and its first process was told %v", i.ID, inside, told)
	}
	for n, id := range c.ids() {
		if has := strings.Contains(environ, fmt.Sprintf("CARD_%d=here", n)); has != slices.Contains(inside, id) {
			b.t.Errorf("%s: the host's variable of GPU %d is there: %v", i.ID, n, has)
		}
	}
	if !strings.Contains(environ, "NVIDIA_VISIBLE_DEVICES=void") {
		b.t.Errorf("%s: its first process lets NVIDIA's runtime add GPUs: %q", i.ID, environ)
	}
	return inside
}

// expectSeen checks that an instance's container has the promised GPUs.
func (b *bench) expectSeen(c *cards, i model.Instance) {
	b.t.Helper()
	if inside := b.seen(c, i); !model.SameGPUs(inside, i.GPUs) || len(inside) != i.Order.GPUs {
		b.t.Fatalf("%s is promised %v and has %v", i.ID, i.GPUs, inside)
	}
}

// resident returns an order for an instance that runs until it is stopped, and then stops at once.
func resident(image string, gpus int) model.Order {
	return model.Order{
		Image: image, Mode: model.ModeEntrypoint, GPUs: gpus, Disk: 10,
		Entrypoint: []string{"/bin/sh", "-c"}, Args: []string{"trap 'exit 0' TERM; sleep infinity & wait"},
	}
}
