package model

import (
	"reflect"
	"strings"
	"testing"
)

func TestAVolumeHasOneWriterOrReaders(t *testing.T) {
	volumes := []Volume{
		{Name: "free", Owner: "maria"}, {Name: "written", Owner: "maria", Writer: 1002},
		{Name: "read", Owner: "maria", Readers: []InstanceID{1003}}, {Name: "theirs", Owner: "jonas"},
		{Name: "open", Owner: "jonas", Shared: true}, {Name: "going", Owner: "maria", Removing: true},
	}
	for name, tt := range map[string]struct {
		order Order
		want  []VolumeMount
		fault string
	}{
		"at the data directory":    {Order{Volumes: []string{"free"}}, []VolumeMount{{"free", "/workspace", false}}, ""},
		"at the user's own":        {Order{Volumes: []string{"free"}, Options: "-e DATA_DIRECTORY=/work"}, []VolumeMount{{"free", "/work", false}}, ""},
		"at a path":                {Order{Volumes: []string{"free:/ckpt"}}, []VolumeMount{{"free", "/ckpt", false}}, ""},
		"read-only":                {Order{Volumes: []string{"free:/ckpt:ro"}}, []VolumeMount{{"free", "/ckpt", true}}, ""},
		"read-only, no path":       {Order{Volumes: []string{"free:ro"}}, []VolumeMount{{"free", "/workspace", true}}, ""},
		"beside other readers":     {Order{Volumes: []string{"read:ro"}}, []VolumeMount{{"read", "/workspace", true}}, ""},
		"a second writer":          {Order{Volumes: []string{"written"}}, nil, `volumes "written": C.1002 writes in it, until that is destroyed`},
		"a reader beside a writer": {Order{Volumes: []string{"written:ro"}}, nil, `C.1002 writes in it`},
		"a writer beside a reader": {Order{Volumes: []string{"read"}}, nil, `C.1003 reads it: take it read-only, as read:ro`},
		"somebody else's":          {Order{Volumes: []string{"theirs:ro"}}, nil, `it is jonas's, who hasn't shared it`},
		"a shared one, to write":   {Order{Volumes: []string{"open"}}, nil, `it is jonas's: others may only read it, as open:ro`},
		"a shared one, to read":    {Order{Volumes: []string{"open:/o:ro"}}, []VolumeMount{{"open", "/o", true}}, ""},
		"one that goes":            {Order{Volumes: []string{"going"}}, nil, `it is being removed`},
		"one that isn't there":     {Order{Volumes: []string{"nowhere"}}, nil, `there is no such volume: berth volume create nowhere`},
		"the same twice":           {Order{Volumes: []string{"free", "free:/x"}}, []VolumeMount{{"free", "/workspace", false}}, `asked for twice`},
		"two at one place":         {Order{Volumes: []string{"free", "read:ro"}}, []VolumeMount{{"free", "/workspace", false}, {"read", "/workspace", true}}, `volume free is at /workspace too`},
		"where a folder is":        {Order{Volumes: []string{"free:/data"}, Folders: []string{"datasets"}}, []VolumeMount{{"free", "/data", false}}, `folder datasets is at /data too`},
		"over the image's own":     {Order{Volumes: []string{"free:/usr"}}, nil, `/usr in an instance is the image's own`},
		"over the keys":            {Order{Volumes: []string{"free:/root/.ssh"}}, nil, `/root/.ssh in an instance is the image's own`},
		"a host's path":            {Order{Volumes: []string{"/etc:/data"}}, nil, `want NAME, NAME:/path or NAME:/path:ro`},
		"a mode that there isn't":  {Order{Volumes: []string{"free:/x:rw"}}, nil, `want NAME, NAME:/path or NAME:/path:ro`},
		"a path that goes up":      {Order{Volumes: []string{"free:/x/../usr"}}, nil, `want it as /usr`},
	} {
		tt.order.Image = "i"
		if tt.order.Folders == nil {
			tt.order.Folders = []string{}
		}
		plan, faults := Propose(tt.order, Capacity{Account: Account{Owner: "maria"}, Volumes: volumes, Policy: someFolders()})
		if !reflect.DeepEqual(plan.Volumes, tt.want) {
			t.Errorf("%s: got %v", name, plan.Volumes)
		}
		if got := faults.Error(); tt.fault == "" && got != "" || !strings.Contains(got, tt.fault) {
			t.Errorf("%s: faults %q, want %q", name, got, tt.fault)
		}
	}
}

func TestAVolumeIsHeldByThoseWhosePlansHaveIt(t *testing.T) {
	plan := func(m ...VolumeMount) Plan { return Plan{Volumes: m} }
	got := Claimed([]Volume{{Name: "a", Writer: 9}, {Name: "b"}, {Name: "c"}}, []Instance{
		{ID: 1, Plan: plan(VolumeMount{"b", "/b", false}, VolumeMount{"c", "/c", true})}, {ID: 2, Plan: plan(VolumeMount{"c", "/c", true})},
	})
	want := []Volume{{Name: "a"}, {Name: "b", Writer: 1}, {Name: "c", Readers: []InstanceID{1, 2}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	for n, says := range []string{"free", "C.1 writes", "2 instances read"} {
		if got[n].State() != says {
			t.Errorf("%+v is called %q", got[n], got[n].State())
		}
	}
}

func TestAVolumeIsPromisedFromTheSameDisk(t *testing.T) {
	h := Host{DiskTotal: 1000 * GB, DiskReserve: 100 * GB, DiskPromised: 700 * GB}
	for _, tt := range []struct {
		name string
		size float64
		says string
	}{
		{"checkpoints", 200, ""},
		{"checkpoints", 201, `size "201": only 200 GB are left to promise`},
		{"checkpoints", 0, "want a number of GB, 1 or more"},
		{"my data", 10, `name "my data": want a name`},
	} {
		if got := CheckVolume(tt.name, tt.size, h).Error(); !strings.Contains(got, tt.says) || tt.says == "" && got != "" {
			t.Errorf("%s of %g: %q, want %q", tt.name, tt.size, got, tt.says)
		}
	}
}
