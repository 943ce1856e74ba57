//go:build cgo

package gpu

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"reflect"
	"strings"
	"testing"
	"time"

	"berth/backend/gpu/nvmltest"
	"berth/model"
)

func TestTheReaderShowsWhatTheDriverSays(t *testing.T) {
	c := startChild(t, nvmltest.Library(t), two()...)
	o := c.tell("sample")
	if o.Sample.Driver != "550.163.01" || !o.Sample.Condition.OK || len(o.Sample.Devices) != 2 {
		t.Fatalf("sample %+v", o.Sample)
	}
	if !reflect.DeepEqual(o.Log, []string{"driver: 550.163.01 answers, 2 GPUs"}) {
		t.Errorf("log %q", o.Log)
	}
	got := o.Sample.Devices[0]
	want := model.Device{
		GPU: model.GPU{
			ID: gpuA, Index: 0, Minor: 0, Model: "NVIDIA A100-SXM4-80GB", Memory: 80 * model.GiB,
			NUMA: 0, PCI: "beef:07:00.0", Links: map[model.GPUID]int{gpuB: 12},
		},
		Reading: model.Reading{
			At:          got.At,
			Utilization: model.Known[model.Percent](3), MemoryUsed: model.Known(512 * model.MiB),
			Temperature: model.Known[model.Celsius](41),
			Power:       model.Known[model.Watts](80), PowerLimit: model.Known[model.Watts](400),
			Clock: model.Known[model.Megahertz](1410), MemoryClock: model.Known[model.Megahertz](2619),
			Health: model.Health{OK: true},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("GPU 0\n got %+v\nwant %+v", got, want)
	}
	if o.Sample.Devices[1].NUMA != 1 {
		t.Errorf("GPU 1 on NUMA node %d", o.Sample.Devices[1].NUMA)
	}
}

func TestReadingsFollowTheMachine(t *testing.T) {
	c := startChild(t, nvmltest.Library(t), two()...)
	if use, _ := c.sample()[1].Utilization.Get(); use != 0 {
		t.Fatalf("GPU 1 starts at %v %%", use)
	}
	c.state.Set(two("gpu 1 " + string(gpuB) + " 1 0000BEEF:0B:00.0 81920 40960 97 61 390 400 NVIDIA A100-SXM4-80GB")...)
	d := c.sample()[1]
	if d.Utilization != model.Known[model.Percent](97) || d.MemoryUsed != model.Known(40*model.GiB) ||
		d.Temperature != model.Known[model.Celsius](61) || d.Power != model.Known[model.Watts](390) {
		t.Errorf("after the load: %+v", d.Reading)
	}
}

func TestProcessesAreNamedAndOnlyDrawingOnesFlagged(t *testing.T) {
	self := os.Getpid()
	const nobodys = 1 << 30 // larger than the kernel's largest pid
	other := exec.Command("sleep", "60")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = other.Process.Kill()
		_ = other.Wait()
	})
	c := startChild(t, nvmltest.Library(t), two(
		fmt.Sprintf("proc 0 %d 300", self), fmt.Sprintf("draw 0 %d 20", self),
		fmt.Sprintf("proc 1 %d -1", nobodys), fmt.Sprintf("draw 1 %d 5", self), "proc 1 0 5", "proc 1 4294967295 71000",
		fmt.Sprintf("proc 1 %d -1", other.Process.Pid),
	)...)
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	devices := c.sample()
	if len(devices[0].Processes) != 1 || len(devices[1].Processes) != 2 {
		t.Fatalf("processes %+v and %+v", devices[0].Processes, devices[1].Processes)
	}
	p := devices[0].Processes[0]
	if p.PID != self || p.User != me.Username || !strings.HasPrefix(p.Command, "gpu.test") || p.Graphics ||
		p.Memory != model.Known(300*model.MiB) {
		t.Errorf("a process that computes and draws: %+v", p)
	}
	if p := devices[1].Processes[0]; p.PID != self || !p.Graphics {
		t.Errorf("a process that draws: %+v", p)
	}
	if p := devices[1].Processes[1]; p.PID != other.Process.Pid || p.Memory != (model.Maybe[model.Bytes]{}) {
		t.Errorf("a process whose memory nobody knows: %+v", p)
	}
}

func TestALostGPUStaysInTheInventoryWithItsReason(t *testing.T) {
	c := startChild(t, nvmltest.Library(t), two()...)
	before := c.sample()
	for range 2 {
		c.state.Set(two("lost 1")...)
		devices := c.sample()
		if len(devices) != 2 || devices[1].ID != gpuB || devices[1].Model != before[1].Model {
			t.Fatalf("after the loss: %+v", devices)
		}
		d := devices[1]
		if d.Health.OK || d.Free() || !hasWords(d.Health.Reason, "lost", "reset") {
			t.Errorf("the lost GPU: %+v", d.Health)
		}
		if _, known := d.Temperature.Get(); known {
			t.Error("a lost GPU has a temperature")
		}
		if !devices[0].Health.OK {
			t.Errorf("its neighbour: %+v", devices[0].Health)
		}
	}
	c.state.Set(two()...)
	if d := c.sample()[1]; !d.Health.OK {
		t.Errorf("after its return: %+v", d.Health)
	}
}

func TestAGPULostBeforeTheStartIsListedWithoutItsName(t *testing.T) {
	c := startChild(t, nvmltest.Library(t), two("lost 0")...)
	devices := c.sample()
	if len(devices) != 2 || devices[0].ID != "unknown-0" || devices[0].Health.OK || devices[1].ID != gpuB {
		t.Fatalf("devices %+v", devices)
	}
	c.state.Set(two()...)
	if devices = c.sample(); len(devices) != 2 || devices[0].ID != gpuA || !devices[0].Health.OK {
		t.Errorf("after its return: %+v", devices)
	}
}

func TestAGPUThatIsNoLongerCountedIsLost(t *testing.T) {
	c := startChild(t, nvmltest.Library(t), two()...)
	c.sample()
	c.state.Set(two()[:2]...)
	devices := c.sample()
	if len(devices) != 2 || devices[1].ID != gpuB || !hasWords(devices[1].Health.Reason, "lost") {
		t.Errorf("devices %+v", devices)
	}
}

// A call of an entry point that the library lacks would end the process.
func TestAnOlderLibraryCostsOnlyWhatItLacks(t *testing.T) {
	newer := []string{
		"nvmlDeviceGetMemoryInfo_v2", "nvmlDeviceGetNvLinkRemoteDeviceType", "nvmlDeviceGetMemoryAffinity",
		"nvmlDeviceGetMPSComputeRunningProcesses_v3", "nvmlDeviceGetMigMode",
	}
	everything := append([]string{
		"nvmlSystemGetDriverVersion", "nvmlDeviceGetName", "nvmlDeviceGetMinorNumber", "nvmlDeviceGetPciInfo_v3",
		"nvmlDeviceGetMaxMigDeviceCount", "nvmlDeviceGetMigDeviceHandleByIndex", "nvmlDeviceGetMemoryInfo",
		"nvmlDeviceGetUtilizationRates", "nvmlDeviceGetTemperature", "nvmlDeviceGetPowerUsage",
		"nvmlDeviceGetEnforcedPowerLimit", "nvmlDeviceGetClockInfo", "nvmlDeviceGetComputeRunningProcesses_v3",
		"nvmlDeviceGetGraphicsRunningProcesses_v3", "nvmlDeviceGetNvLinkState", "nvmlDeviceGetNvLinkRemotePciInfo_v2",
	}, newer...)
	t.Run("five years older", func(t *testing.T) {
		c := startChild(t, nvmltest.Library(t, newer...), two()...)
		d := c.sample()[0]
		if !d.Health.OK || d.MemoryUsed != model.Known(512*model.MiB) || d.NUMA != -1 || d.Links[gpuB] != 12 {
			t.Errorf("GPU 0: %+v", d)
		}
	})
	t.Run("nothing but a list", func(t *testing.T) {
		c := startChild(t, nvmltest.Library(t, everything...), two()...)
		d := c.sample()[0]
		if d.ID != gpuA || !d.Health.OK || d.Minor != -1 || d.NUMA != -1 || d.Links[gpuB] != 0 {
			t.Errorf("GPU 0: %+v", d)
		}
		if r := (model.Reading{At: d.At, Health: d.Health}); !reflect.DeepEqual(d.Reading, r) {
			t.Errorf("something is known: %+v", d.Reading)
		}
	})
	t.Run("not even a list", func(t *testing.T) {
		c := startChild(t, nvmltest.Library(t, "nvmlDeviceGetUUID"), two()...)
		if s := c.tell("sample").Sample; s.Condition.OK || !hasWords(s.Condition.Reason, "can't list") {
			t.Errorf("condition %+v", s.Condition)
		}
	})
}

func TestAnAnswerThatIsNoFigureIsUnknownOrTrouble(t *testing.T) {
	library := nvmltest.Library(t)
	cases := []struct {
		name, fact, reason string
	}{
		{"not supported is unknown", "fail 0 nvmlDeviceGetPowerUsage 3", ""},
		{"not permitted is unknown", "fail 0 nvmlDeviceGetPowerUsage 4", ""},
		{"a reset that is due is trouble", "fail 0 nvmlDeviceGetPowerUsage 16", "needs a reset"},
		{"an unknown error is trouble", "fail 0 nvmlDeviceGetPowerUsage 999", "unknown trouble"},
		{"an error without words of ours is the driver's", "fail 0 nvmlDeviceGetPowerUsage 23", "the driver answered"},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			d := startChild(t, library, two(test.fact)...).sample()[0]
			if _, known := d.Power.Get(); known {
				t.Errorf("power is known: %v", d.Power)
			}
			if d.Health.OK != (test.reason == "") || !strings.Contains(d.Health.Reason, test.reason) {
				t.Errorf("health %+v", d.Health)
			}
		})
	}
}

func TestAHangingDriverIsAnsweredWithTheLastReadings(t *testing.T) {
	c := startChild(t, nvmltest.Library(t), two()...)
	before := c.tell("sample").Sample
	c.state.Set(two("hang 600")...)
	o := c.tell("sample")
	if o.Took < patience || o.Took > patience+time.Second {
		t.Errorf("answered after %v, want %v", o.Took, patience)
	}
	if o.Sample.Condition.OK || o.Sample.Condition.Reason != "driver: no answer 2 s" {
		t.Errorf("condition %+v", o.Sample.Condition)
	}
	if !o.Sample.At.Equal(before.At) || !o.Sample.Condition.Since.Equal(before.At) || len(o.Sample.Devices) != 2 {
		t.Errorf("not the last readings: %+v", o.Sample)
	}
	if again := c.tell("sample"); again.Took > patience/2 {
		t.Errorf("the next one waited another %v", again.Took)
	}
	c.state.Set(two()...)
	deadline := time.Now().Add(time.Minute)
	for !c.tell("sample").Sample.Condition.OK {
		if time.Now().After(deadline) {
			t.Fatal("the reader never recovered")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestADriverThatVanishesKeepsItsInventoryAndComesBack(t *testing.T) {
	c := startChild(t, nvmltest.Library(t), two()...)
	before := c.tell("sample").Sample
	c.state.Set("driver none")
	gone := c.tell("sample").Sample
	if gone.Condition.OK || !hasWords(gone.Condition.Reason, "taken away") || len(gone.Devices) != 2 || !gone.At.Equal(before.At) {
		t.Errorf("after it went: %+v", gone)
	}
	c.state.Set(two()...)
	if back := c.tell("reopen").Sample; !back.Condition.OK || len(back.Devices) != 2 {
		t.Errorf("after it came back: %+v", back)
	}
}

func TestADriverThatIsNotLoadedSaysSoInOneLine(t *testing.T) {
	c := startChild(t, nvmltest.Library(t), "driver none")
	o := c.tell("sample")
	if o.Sample.Condition.OK || !hasWords(o.Sample.Condition.Reason, "isn't loaded", "CPU instances work") ||
		strings.Contains(o.Sample.Condition.Reason, "\n") || len(o.Sample.Devices) != 0 {
		t.Errorf("sample %+v", o.Sample)
	}
	if again := c.tell("sample"); len(o.Log) != 1 || len(again.Log) != 0 {
		t.Errorf("said %q, then %q", o.Log, again.Log)
	}
}

func TestAMachineWithoutTheLibrarySaysSoInOneLine(t *testing.T) {
	c := startChild(t, t.TempDir())
	s := c.tell("sample").Sample
	if s.Condition.OK && len(s.Devices) > 0 {
		t.Skip("this machine has a driver of its own, which the test can't take away")
	}
	if !hasWords(s.Condition.Reason, "no NVIDIA driver", "libnvidia-ml.so.1", "CPU instances work") {
		t.Errorf("reason %q", s.Condition.Reason)
	}
}

func TestGPUsBehindASwitchAreLinkedToEachOther(t *testing.T) {
	for _, without := range [][]string{nil, {"nvmlDeviceGetNvLinkRemoteDeviceType"}} {
		facts := two("gpu 2 GPU-0000cccc-1111-2222-3333-444444444444 1 0000BEEF:0C:00.0 81920 0 0 33 55 400 NVIDIA A100-SXM4-80GB",
			"link 0 1 2", "switch 0 12", "switch 1 10")
		devices := startChild(t, nvmltest.Library(t, without...), facts...).sample()
		if n := devices[0].Links[gpuB]; n != 12 {
			t.Errorf("without %v: %d links, want 2 of their own and the fewer of 12 and 10", without, n)
		}
		if len(devices[2].Links) != 0 {
			t.Errorf("without %v: a GPU with no link has %v", without, devices[2].Links)
		}
	}
}

func TestMIGInstancesAreUnitsOfTheirOwn(t *testing.T) {
	c := startChild(t, nvmltest.Library(t), two()...)
	if whole := c.sample(); len(whole) != 2 {
		t.Fatalf("before MIG: %+v", whole)
	}
	c.state.Set(two(
		"part 0 MIG-0000dddd-0000-0000-0000-000000000001 9728 12 NVIDIA A100-SXM4-80GB MIG 1g.10gb",
		"part 0 MIG-0000dddd-0000-0000-0000-000000000002 40192 0 NVIDIA A100-SXM4-80GB MIG 3g.40gb",
	)...)
	devices := c.sample()
	if len(devices) != 3 {
		t.Fatalf("devices %+v", devices)
	}
	d := devices[1]
	if d.ID != "MIG-0000dddd-0000-0000-0000-000000000002" || d.Parent != gpuA || d.Index != 0 || d.Minor != 0 ||
		!strings.HasSuffix(d.Model, "3g.40gb") || d.Memory != 40192*model.MiB || len(d.Links) != 0 || !d.Health.OK {
		t.Errorf("the second instance: %+v", d)
	}
	if d.Temperature != model.Known[model.Celsius](41) {
		t.Errorf("its temperature is its GPU's: %v", d.Temperature)
	}
	if _, known := d.Power.Get(); known {
		t.Error("its share of the power is known")
	}
	if len(devices[2].Links) != 0 {
		t.Errorf("a link leads to a GPU in MIG mode: %v", devices[2].Links)
	}

	c.state.Set(two("mig 0", "lost 0")...)
	devices = c.sample()
	if len(devices) != 3 || devices[0].Parent != gpuA || devices[1].Parent != gpuA || devices[0].Health.OK || devices[1].Health.OK {
		t.Errorf("the instances of a lost GPU: %+v", devices)
	}
	c.state.Set(two("mig 0")...)
	devices = c.sample()
	if len(devices) != 2 || devices[0].ID != gpuA || !hasWords(devices[0].Health.Reason, "MIG is on") {
		t.Errorf("a GPU in MIG mode without instances: %+v", devices)
	}
	c.state.Set(two()...)
	if devices = c.sample(); len(devices) != 2 || !devices[0].Health.OK || devices[0].Links[gpuB] != 12 {
		t.Errorf("out of MIG mode: %+v", devices)
	}
}

// If a GPU's memory couldn't be read at the first look, its total once stayed 0 for ever, and the GPU counted as free.
func TestWhatAGPUDidntSayInABadMomentIsAskedAgain(t *testing.T) {
	library := nvmltest.Library(t)
	full := "gpu 0 " + string(gpuA) + " 0 00000000:07:00.0 81559 71000 0 33 70 700 NVIDIA H100 80GB HBM3"
	for _, function := range []string{
		"nvmlDeviceGetMemoryInfo_v2", "nvmlDeviceGetName", "nvmlDeviceGetMinorNumber", "nvmlDeviceGetPciInfo_v3",
	} {
		t.Run(function, func(t *testing.T) {
			c := startChild(t, library, "driver 580.82.07", full, "fail 0 "+function+" 15")
			if d := c.sample()[0]; d.Health.OK || d.Free() {
				t.Errorf("in trouble: %+v", d)
			}
			c.state.Set("driver 580.82.07", full)
			d := c.sample()[0]
			if d.Memory != 81559*model.MiB || d.Model != "NVIDIA H100 80GB HBM3" || d.Minor != 0 || d.PCI != "0000:07:00.0" {
				t.Errorf("after its recovery: %+v", d.GPU)
			}
			if d.Free() || d.Obstacle() != "69.3G of its memory is in use by something unseen" {
				t.Errorf("what stands in its way: %q", d.Obstacle())
			}
		})
	}
}

func TestFiguresThatNoSensorGivesAreUnknown(t *testing.T) {
	for _, tt := range []struct {
		name, fact string
		unknown    string // which of util, temperature, power, limit and memory
	}{
		{"all bits set", "81559 4 4294967295 4294967295 4294967 4294967", "util temperature power limit"},
		{"beyond what there is", "81559 4 101 201 590000 700", "util temperature power"},
		{"at the edge of what there is", "81559 4 100 200 20000 20000", ""},
		{"more memory than any has", "4294967295 4 3 40 70 700", "memory"},
		{"more memory in use than there is", "81559 90000 3 40 70 700", "memory"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := startChild(t, nvmltest.Library(t), "driver 580.82.07", "gpu 0 "+string(gpuA)+" 0 00000000:07:00.0 "+tt.fact+" NVIDIA H100")
			d := c.sample()[0]
			var got []string
			note := func(name string, known bool) {
				if !known {
					got = append(got, name)
				}
			}
			_, util := d.Utilization.Get()
			_, heat := d.Temperature.Get()
			_, power := d.Power.Get()
			_, limit := d.PowerLimit.Get()
			_, memory := d.MemoryUsed.Get()
			note("util", util)
			note("temperature", heat)
			note("power", power)
			note("limit", limit)
			note("memory", memory)
			if unknown := strings.Join(got, " "); unknown != tt.unknown {
				t.Errorf("unknown are %q, want %q", unknown, tt.unknown)
			}
			if !memory && d.Free() {
				t.Error("it is free, though nobody knows what of its memory is in use")
			}
		})
	}
}

func TestWhatSlowsAGPUDownIsTold(t *testing.T) {
	for _, tt := range []struct {
		name string
		bits int
		want string
	}{
		{"nothing", 0, ""},
		{"it does nothing, or has all the power it may have", 0x1 | 0x4, ""},
		{"heat, by hardware and by software", 0x8 | 0x20 | 0x40, "heat"},
		{"software slows it down before the hardware does", 0x20, "heat"},
		{"the power supply asks for it", 0x8 | 0x80, "a power brake"},
	} {
		c := startChild(t, nvmltest.Library(t), two(fmt.Sprintf("slow 1 %d", tt.bits))...)
		if d := c.sample(); d[1].Slowed != tt.want || d[0].Slowed != "" {
			t.Errorf("%s: %q and %q, want none and %q", tt.name, d[0].Slowed, d[1].Slowed, tt.want)
		}
	}
	older := startChild(t, nvmltest.Library(t, "nvmlDeviceGetCurrentClocksThrottleReasons"), two("slow 1 64")...)
	if d := older.sample()[1]; d.Slowed != "" || !d.Health.OK {
		t.Errorf("a driver that can't tell: %q, %+v", d.Slowed, d.Health)
	}
}

// These drivers write records of 32 bytes, although the header says 24.
func TestProcessesInAFormThatCantBeReadAreLeftOut(t *testing.T) {
	self := os.Getpid()
	for driver, want := range map[string]int{"535.54.03": 0, "535.43.02": 0, "535.86.10": 0, "535.98": 1, "535.104.05": 1, "530.30.02": 1} {
		c := startChild(t, nvmltest.Library(t), "driver "+driver,
			"gpu 0 "+string(gpuA)+" 0 00000000:07:00.0 24564 15202 0 33 70 450 NVIDIA GeForce RTX 4090",
			fmt.Sprintf("proc 0 %d 5000", self), "proc 0 1073741824 5100", "proc 0 1073741825 5102")
		d := c.sample()[0]
		if len(d.Processes) != want || d.Obstacle() == "" {
			t.Errorf("driver %s: %+v, %q", driver, d.Processes, d.Obstacle())
		}
		if (ProcessesLeftOut(driver) != "") != (want == 0) {
			t.Errorf("driver %s is said to be %q", driver, ProcessesLeftOut(driver))
		}
	}
}

// GB10 and Jetson have no memory of their own, and the driver answers "not supported".
func TestAGPUInTheMachinesMemoryShowsThat(t *testing.T) {
	c := startChild(t, nvmltest.Library(t), "driver 580.95.05",
		"gpu 0 "+string(gpuA)+" 0 0000000F:01:00.0 0 0 3 41 12 0 NVIDIA GB10",
		"fail 0 nvmlDeviceGetMemoryInfo_v2 3", "fail 0 nvmlDeviceGetMemoryInfo 3")
	d := c.sample()[0]
	if used, known := d.MemoryUsed.Get(); !known || used <= 0 || d.Memory <= used || !d.Unified {
		t.Errorf("its memory: %v of %v, unified: %t", d.MemoryUsed, d.Memory, d.Unified)
	}
	if !d.Free() {
		t.Errorf("what the machine uses stands in its way: %s", d.Obstacle())
	}
}

func TestWhatTheDriverReportsOfAGPUIsInItsReading(t *testing.T) {
	c := startChild(t, nvmltest.Library(t), two("ecc 0 3")...)
	c.sample() // registers; only what happens from now on is told
	c.state.Set(two("ecc 0 3", "xid 1 31", "xid 1 79", "lost 1")...)
	devices := c.sample()
	if got := devices[1].Xids; len(got) != 2 || got[0].Xid != 31 || got[1].Xid != 79 {
		t.Errorf("reports of the GPU that is lost: %+v", got)
	}
	if got := devices[0].Xids; len(got) > 0 {
		t.Errorf("reports of its neighbour: %+v", got)
	}
	if n, known := devices[0].MemoryErrors.Get(); !known || n != 3 {
		t.Errorf("memory errors: %d, %t", n, known)
	}
	if _, known := devices[1].MemoryErrors.Get(); known {
		t.Error("a lost GPU tells of its memory")
	}
	if again := c.sample()[1].Xids; len(again) != 2 {
		t.Errorf("the next sample has %+v", again)
	}
	older := startChild(t, nvmltest.Library(t, "nvmlEventSetCreate", "nvmlDeviceGetTotalEccErrors"), two("ecc 0 3", "xid 1 79")...)
	if d := older.sample(); len(d[1].Xids) > 0 || !d[1].Health.OK || d[0].MemoryErrors.String() != model.Unknown {
		t.Errorf("with an older library: %+v", d)
	}
}
