package doctor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"berth/backend/apiport"
	"berth/backend/engine"
	"berth/backend/gpu"
	"berth/backend/gpu/cdi"
	"berth/backend/label"
	"berth/backend/world"
	"berth/model"
)

// sound returns the examination of a machine without problems.
func sound() examination {
	device := model.Device{GPU: model.GPU{ID: "GPU-a", Model: "NVIDIA H100 80GB HBM3"}, Reading: model.Reading{Health: model.Health{OK: true}}}
	return examination{
		home: "/var/lib/berth", toolkit: "1.17.4",
		choice: cdi.Choice{Way: cdi.WayCDI, Why: "the engine reads CDI specs in /etc/cdi"},
		w: world.World{
			Home: "/var/lib/berth", Engine: model.Condition{OK: true}, Sample: gpu.Sample{Driver: "580.65"},
			Facts: engine.Facts{
				Version: "28.5.2", APIVersion: "1.51", Host: "unix:///var/run/docker.sock", Local: true, StorageDriver: "overlay2",
				CgroupVersion: 2, CgroupDriver: "systemd", RootDir: "/var/lib/docker",
			},
			Containers: map[string]engine.Container{},
		},
		fleet: model.Fleet{
			Driver: model.Condition{OK: true}, Devices: []model.Device{device, device}, Keeper: model.KeeperState{PID: 7},
			Host: model.Host{
				PublicIP: "65.130.162.74", PortRange: model.DefaultPorts, DiskTotal: 1000 * model.GB, DiskHold: model.DiskEnforced,
			},
		},
		host:   hostFacts{stateMode: fs.ModeDir | 0o2770, keeper: "berth serve", noProxy: true, ephemeral: model.PortRange{First: 32768, Last: 60999}},
		kernel: kernelLook{user: "maria"},
	}
}

func TestNothingIsFoundOnASoundMachine(t *testing.T) {
	for _, row := range findings {
		if f := row.find(sound()); f.Verdict != model.VerdictOK || f.Detail == "" || f.Name == "" || f.Fix != "" {
			t.Errorf("%+v", f)
		}
	}
}

// promise has an instance run that is promised 3 GiB, of which some are protected.
func promise(x *examination, low model.Bytes) {
	x.w.Instances = []model.Instance{{ID: 1000, Container: "c", Plan: model.Plan{Share: model.Share{Memory: 3 * model.GiB}}}}
	x.w.Containers["c"] = engine.Container{ID: "c", State: engine.Running}
	x.low = model.Known(low)
}

func TestWhatADoctorFinds(t *testing.T) {
	const okay, doubt, broken = model.VerdictOK, model.VerdictWarn, model.VerdictFail
	none := cdi.Choice{Way: cdi.WayNone, Why: "no way"}
	tests := map[string]struct {
		find   func(examination) model.Finding
		change func(*examination)
		want   model.Verdict
		says   string
	}{
		"no engine":                    {findEngine, func(x *examination) { x.w.Engine = model.Condition{Reason: "permission denied"} }, broken, "permission denied"},
		"an engine on another machine": {findEngine, func(x *examination) { x.w.Facts.Local = false }, doubt, "another machine"},
		"sizes that are only watched":  {findStorage, func(x *examination) { x.fleet.Host.DiskHold = model.DiskWatched }, doubt, "not enforced"},
		"sizes that somebody wants only watched": {findStorage, func(x *examination) {
			x.fleet.Host.DiskHold, x.fleet.Host.DiskWhy = model.DiskWatched, world.WatchedByChoice
		}, okay, "watched (disk_sizes"},
		"a full disk":                 {findStorage, func(x *examination) { x.fleet.Host.DiskPromised = 995 * model.GB }, broken, "5.0G of 1.0T"},
		"a disk of no engine":         {findStorage, func(x *examination) { x.w.Engine, x.fleet.Host.DiskTotal = model.Condition{}, 0 }, doubt, "unknown while the engine"},
		"a disk elsewhere":            {findStorage, func(x *examination) { x.fleet.Host.DiskTotal = 0 }, doubt, "can't be seen"},
		"cgroups of no engine":        {findCgroups, func(x *examination) { x.w.Facts.CgroupVersion = 0 }, doubt, "unknown"},
		"an engine without cgroups":   {findCgroups, func(x *examination) { x.w.Facts.CgroupDriver = "none" }, doubt, "aren't kept"},
		"memory that nobody protects": {findCgroups, func(x *examination) { promise(x, 0) }, doubt, "promised to what runs, 0B are protected (memory.low of berth.slice)"},
		"memory that is protected":    {findCgroups, func(x *examination) { promise(x, 3*model.GiB) }, okay, "are kept"},
		"memory whose protection can't be seen": {findCgroups, func(x *examination) {
			promise(x, 0)
			x.low = model.Maybe[model.Bytes]{}
		}, okay, "are kept"},
		"cgroups version 2 without systemd":       {findCgroups, func(x *examination) { x.w.Facts.CgroupDriver = "cgroupfs" }, doubt, "isn't protected"},
		"a proxy for each port":                   {findProxy, func(x *examination) { x.host.proxies = 12 }, doubt, "12 processes"},
		"a proxy that nothing needs yet":          {findProxy, func(x *examination) { x.host.noProxy = false }, doubt, "0 processes"},
		"an engine elsewhere has its own proxies": {findProxy, func(x *examination) { x.w.Facts.Local, x.host.noProxy = false, false }, okay, "can't be seen"},
		"ports that the kernel takes too":         {findPorts, func(x *examination) { x.fleet.Host.PortRange = model.PortRange{First: 32000, Last: 33000} }, doubt, "outgoing"},
		"hardly a port left":                      {findPorts, func(x *examination) { x.fleet.Host.PortRange = model.PortRange{First: 20000, Last: 20010} }, broken, "11 of 11"},
		"a promised port is not free": {findPorts, func(x *examination) {
			x.w.Instances = []model.Instance{{Plan: model.Plan{Ports: []model.Port{{External: 20005}}}}}
		}, okay, "9999 of 10000"},
		"somebody else on the API's port": {findAPI, func(x *examination) {
			x.strangers = []apiport.Stranger{{UID: 1001, At: "172.18.0.1", Port: 8800}}
		}, broken, "user 1001 listens at 172.18.0.1:8800"},
		"a port that can't be found out":    {findAPI, func(x *examination) { x.portless = errors.New("disk I/O error") }, doubt, "disk I/O error"},
		"instances reach what listens here": {findReach, func(x *examination) { x.reach = "there is no nft" }, doubt, "there is no nft"},
		"they shall reach it":               {findReach, func(x *examination) { x.reach = apiport.ErrOpen.Error() }, okay, "host_services"},
		"nobody knows what they reach":      {findReach, func(x *examination) { x.fenceless = errors.New("disk I/O error") }, doubt, "disk I/O"},
		"a configuration with faults": {findConfig, func(x *examination) {
			x.fleet.Policy.Faults = []string{"config.toml:1: muose: no such key", "config.toml:2: folder.path"}
		}, broken, "config.toml:1: muose: no such key; config.toml:2: folder.path"},
		"what the owner has decided": {findConfig, func(x *examination) { x.fleet.Policy.Folders = make([]model.Folder, 2) }, okay, "2 folders"},
		"a folder that isn't there": {findFolders, func(x *examination) {
			x.folders = []folderLook{{name: "data"}, {name: "home", err: errors.New("/srv/homes: there is no such folder on this machine")}}
		}, broken, "home can't be given: /srv/homes: there is no such"},
		"a folder for programs of root's": {findFolders, func(x *examination) { x.folders = []folderLook{{name: "home", writable: true, setuid: true}} }, doubt, "in home that gives root"},
		"a folder to read":                {findFolders, func(x *examination) { x.folders = []folderLook{{name: "data", setuid: true}} }, okay, "1 can be given"},
		"a container that no instance stands for": {findContainers, func(x *examination) {
			x.fleet.Unread = []string{"container C.1002 is berth's, but its labels can't be read"}
		}, doubt, "C.1002"},
		"containers of no engine":   {findContainers, func(x *examination) { x.w.Engine = model.Condition{} }, doubt, "unknown"},
		"no address":                {findAddress, func(x *examination) { x.fleet.Host.PublicIP = "" }, broken, "unknown"},
		"a private address":         {findAddress, func(x *examination) { x.fleet.Host.PublicIP = "10.0.0.5" }, doubt, "this network only"},
		"a loopback address":        {findAddress, func(x *examination) { x.fleet.Host.PublicIP = "127.0.0.1" }, doubt, "only this machine"},
		"a name as address":         {findAddress, func(x *examination) { x.fleet.Host.PublicIP = "gpu.example.org" }, okay, "gpu.example.org"},
		"a ledger out of reach":     {findState, func(x *examination) { x.ledger = errors.New("disk I/O error") }, broken, "disk I/O error"},
		"a full state folder":       {findState, func(x *examination) { x.host.stateLeft = model.Known(model.Bytes(4096)) }, broken, "no space left in "},
		"one that is nearly full":   {findState, func(x *examination) { x.host.stateLeft = model.Known(8 * model.MiB) }, doubt, "8.4M are left there"},
		"a keeper whom /proc hides": {findKeeper, func(x *examination) { x.fleet.Keeper.PID, x.host.keeper = 42, "" }, okay, "process 42"},
		"proxies whom /proc hides": {findProxy, func(x *examination) {
			x.host.noProxy, x.host.proxies, x.kernel.hidepid = false, 0, "2"
		}, doubt, "can't be seen from here"},
		"a state of one's own": {findState, func(x *examination) { x.host.stateMode = fs.ModeDir | 0o700 }, doubt, "this user alone"},
		"another berth on the engine": {findState, func(x *examination) {
			x.w.Containers["c"] = engine.Container{Labels: map[string]string{label.Home: "/home/ben/.local/state/berth"}}
		}, doubt, "/home/ben/.local/state/berth"},
		"a keeper that is us":   {findKeeper, func(x *examination) { x.fleet.Keeper = model.KeeperState{Here: true} }, okay, "this process"},
		"no keeper and no work": {findKeeper, func(x *examination) { x.fleet.Keeper.PID = 0 }, okay, "nothing to keep"},
		"no keeper and work to do": {findKeeper, func(x *examination) {
			x.fleet.Keeper.PID, x.fleet.Instances = 0, []model.Instance{{Phase: model.PhaseRunning}}
		}, broken, "nobody"},
		"no driver": {findDriver, func(x *examination) { x.fleet.Driver = model.Condition{Reason: "driver: no libnvidia-ml.so.1"} }, doubt, "CPU instances work"},
		"no driver, said whole": {findDriver, func(x *examination) {
			x.fleet.Driver = model.Condition{Reason: "driver: none; CPU instances work"}
		}, doubt, "driver: none; CPU instances work"},
		"a sick GPU":            {findDriver, func(x *examination) { x.fleet.Devices[1].Health = model.Health{Reason: "lost"} }, doubt, "GPU 0: lost"},
		"the inventory":         {findDriver, func(*examination) {}, okay, "580.65, 2 × H100 80GB"},
		"simulated GPUs":        {findDriver, func(x *examination) { x.fleet.Host.Simulated = "h100x8" }, okay, "h100x8"},
		"no toolkit":            {findToolkit, func(x *examination) { x.toolkit = "" }, broken, "not installed"},
		"no toolkit and no GPU": {findToolkit, func(x *examination) { x.toolkit, x.fleet.Devices = "", nil }, okay, "no GPU"},
		"an ancient toolkit":    {findToolkit, func(x *examination) { x.toolkit = "1.11.0" }, doubt, "1.11.0"},
		"a toolkit that fails":  {findWay, func(x *examination) { x.way = errors.New("nvidia-ctk cdi generate: driver not loaded") }, broken, "driver not loaded"},
		"GPUs fixed at create":  {findWay, func(x *examination) { x.choice = cdi.Choice{Way: cdi.WayFixed, Why: "only on the GPUs"} }, doubt, "only on the GPUs"},
		"no way for GPUs":       {findWay, func(x *examination) { x.choice = none }, broken, "no way"},
		"no way and no GPU":     {findWay, func(x *examination) { x.choice, x.fleet.Devices = none, nil }, okay, "no GPU"},
		"the way of an engine":  {findWay, func(*examination) {}, okay, "cdi: the engine reads"},
		"a stranger on a free GPU": {findOthers, func(x *examination) {
			x.fleet.Devices[0].Holder = model.Holder{Kind: model.HeldByProcess, ID: "42", Name: "python", Owner: "ben"}
		}, okay, "pid 42 python (ben)"},
		"a stranger on a promised GPU": {findOthers, func(x *examination) {
			x.fleet.Devices[0].Holder = model.Holder{Kind: model.HeldInConflict, ID: "42", Name: "python", Owner: "ben"}
		}, doubt, "conflict: 42 python (ben)"},
		"memory that nobody is seen to hold": {findOthers, func(x *examination) {
			x.fleet.Devices[1].Holder = model.Holder{Kind: model.HeldByNobody}
			x.fleet.Devices[1].Health.OK, x.fleet.Devices[1].MemoryUsed = true, model.Known(70*model.GiB)
		}, doubt, "70.0G of its memory is in use by something unseen"},
		"a process that nobody may look at": {findOthers, func(x *examination) {
			x.fleet.Devices[0].Holder = model.Holder{Kind: model.HeldByUnknown, ID: "42"}
		}, okay, "pid 42, whose this user may not see"},
		"a driver whose lists can't be read": {findDriver, func(x *examination) { x.w.Sample.Driver = "535.54.03" }, doubt, "lists processes"},
		"a privileged onlooker": {findOthers, func(x *examination) {
			x.w.Containers["c"] = engine.Container{Name: "monitor", State: engine.Running, Claims: engine.Claims{Privilege: true}}
		}, okay, "monitor"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			x := sound()
			test.change(&x)
			f := test.find(x)
			if f.Verdict != test.want || !strings.Contains(f.Detail, test.says) {
				t.Errorf("got %s: %s; want %s, and %q in it", f.Verdict, f.Detail, test.want, test.says)
			}
			if (f.Fix == "") != (f.Verdict == okay) {
				t.Errorf("%s with the advice %q", f.Verdict, f.Fix)
			}
			if strings.Count(f.Detail, "CPU instances work") > 1 {
				t.Errorf("it is said twice: %s", f.Detail)
			}
		})
	}
}

func TestTheHostsOwnWordsAreRead(t *testing.T) {
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "file")
		check(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	for text, want := range map[string]bool{
		`{"userland-proxy": false}`: true, `{"userland-proxy": true}`: false, `{}`: false, `{`: false,
	} {
		if got := proxyIsOff(file(text)); got != want {
			t.Errorf("%s: off is %v", text, got)
		}
	}
	if proxyIsOff("/nowhere") {
		t.Error("without settings the proxy is on")
	}
	if got := ephemeralPorts(file("32768\t60999\n")); got != (model.PortRange{First: 32768, Last: 60999}) {
		t.Errorf("ephemeral ports %v", got)
	}
	if got := ephemeralPorts(file("nonsense")); got != (model.PortRange{}) {
		t.Errorf("ephemeral ports of nonsense: %v", got)
	}
	if got := commandOf(os.Getpid()); !strings.Contains(got, ".test") {
		t.Errorf("this command is %q", got)
	}
}

func TestTheDoctorSendsForAKeeperBeforeADriver(t *testing.T) {
	may, cant := engine.Facts{StorageDriver: "btrfs"}, engine.Facts{StorageDriver: "vfs"}
	for name, test := range map[string]struct {
		w    world.World
		says string
	}{
		"nobody has tried":      {world.World{Facts: may}, "berth serve"},
		"it couldn't be tried":  {world.World{Facts: may, Holding: world.Holding{Engine: world.EngineOf(may)}}, "berth serve"},
		"it holds no sizes":     {world.World{Facts: may, Holding: world.Holding{Engine: world.EngineOf(may), Hold: model.DiskWatched}}, "pquota"},
		"it can't, tried or no": {world.World{Facts: cant}, "pquota"},
	} {
		if got := toEnforce(test.w); !strings.Contains(got, test.says) {
			t.Errorf("%s: the advice is %q", name, got)
		}
	}
}
