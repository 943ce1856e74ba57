//go:build cgo

package gpu

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"berth/backend/gpu/nvmltest"
	"berth/model"
)

// childMark makes this test binary run as the program under test. The dynamic linker loads the driver's library once
// per process, so each stand-in library needs a process of its own.
const childMark = "BERTH_TEST_NVML_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childMark) != "" {
		beChild(os.Stdin, os.Stdout)
		return
	}
	os.Exit(m.Run())
}

// An outcome is the result of one command to the child.
type outcome struct {
	Sample Sample
	Took   time.Duration
	Log    []string
}

// beChild reads commands, one a line, and answers each with an outcome as JSON. The command "sample" samples; "reopen"
// closes and reopens the driver first, as after a failure.
func beChild(in io.Reader, out io.Writer) {
	log := make(chan string, 100)
	reader := Open(func(line string) { log <- line })
	defer func() { reader.Close() }()
	for lines := bufio.NewScanner(in); lines.Scan(); {
		if lines.Text() == "reopen" {
			reader.Close()
			reader = Open(func(line string) { log <- line })
		}
		began := time.Now()
		o := outcome{Sample: reader.Sample(context.Background())}
		o.Took = time.Since(began)
		for len(log) > 0 {
			o.Log = append(o.Log, <-log)
		}
		answer, err := json.Marshal(o)
		if err != nil {
			answer = []byte(`{}`)
		}
		fmt.Fprintf(out, "%s\n", answer)
	}
}

// A child is a process that reads GPUs through the stand-in library.
type child struct {
	t     *testing.T
	in    io.WriteCloser
	out   *bufio.Reader
	state nvmltest.State
}

// startChild runs this test binary with a stand-in driver that simulates a machine with these facts.
func startChild(t *testing.T, library string, facts ...string) *child {
	t.Helper()
	state := nvmltest.NewState(t, facts...)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childMark+"=1")
	cmd.Env = append(cmd.Env, state.Env(library)...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the child: %v", err)
		}
	})
	return &child{t: t, in: in, out: bufio.NewReader(out), state: state}
}

func (c *child) tell(command string) outcome {
	c.t.Helper()
	fmt.Fprintln(c.in, command)
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		c.t.Fatalf("%s: the child is gone: %v", command, err)
	}
	var o outcome
	if err := json.Unmarshal(line, &o); err != nil {
		c.t.Fatalf("%s: %v in %s", command, err, line)
	}
	return o
}

// sample returns the devices. The driver must answer.
func (c *child) sample() []model.Device {
	c.t.Helper()
	o := c.tell("sample")
	if !o.Sample.Condition.OK {
		c.t.Fatalf("the driver doesn't answer: %s", o.Sample.Condition.Reason)
	}
	return o.Sample.Devices
}

// two returns the facts of a machine with two A100 that are connected by 12 links. Further facts override them.
func two(more ...string) []string {
	return append([]string{
		"driver 550.163.01",
		"gpu 0 GPU-0000aaaa-1111-2222-3333-444444444444 0 0000BEEF:07:00.0 81920 512 3 41 80 400 NVIDIA A100-SXM4-80GB",
		"gpu 1 GPU-0000bbbb-1111-2222-3333-444444444444 1 0000BEEF:0B:00.0 81920 0 0 33 55 400 NVIDIA A100-SXM4-80GB",
		"link 0 1 12",
	}, more...)
}

const (
	gpuA model.GPUID = "GPU-0000aaaa-1111-2222-3333-444444444444"
	gpuB model.GPUID = "GPU-0000bbbb-1111-2222-3333-444444444444"
)

// hasWords reports whether a reason contains all these words.
func hasWords(reason string, words ...string) bool {
	for _, w := range words {
		if !strings.Contains(reason, w) {
			return false
		}
	}
	return true
}
