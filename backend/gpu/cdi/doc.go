// Package cdi writes the files that hand an instance the GPUs it holds.
//
// A container's device request is fixed when it is created; what a CDI name in it means is looked up at
// every start. So each instance asks for one device of ours for its whole life, berth/instance=N, and before
// each start a spec file says which GPUs that is: a merger of what the host's NVIDIA toolkit says about
// them. Without the file the container can't be started, not even by hand: a stopped instance holds no GPU.
//
// The package composes and writes files, and chooses the way that an engine offers (Choose). It asks neither
// the engine nor the driver anything.
package cdi

import (
	"strconv"
	"strings"

	"berth/model"
)

const (
	// Kind is the vendor and class of our devices.
	Kind = "berth/instance"
	// NonceName is the variable by which a started process shows which file it was started with. An engine's
	// watcher misses a change of the folder now and then, and then starts with what it knew before.
	NonceName = "BERTH_GPU_NONCE"
	// GPUsName is the variable by which it shows which GPUs it was handed: their UUIDs, with commas between. They
	// tell who has which GPU after the ledger was lost, or brought back from a copy.
	GPUsName = "BERTH_GPUS"

	prefix    = "berth-instance_" // as the CDI library names files of passing devices
	extension = ".json"
)

// Device is the CDI name of an instance's GPUs: berth/instance=1012.
func Device(id model.InstanceID) string { return Kind + "=" + deviceName(id) }

// FileName is the name of an instance's spec file in its folder.
func FileName(id model.InstanceID) string { return prefix + deviceName(id) + extension }

func deviceName(id model.InstanceID) string { return strconv.FormatInt(int64(id), 10) }

// instanceOf is the instance that a file in a spec folder belongs to, if it is one of ours.
func instanceOf(file string) (model.InstanceID, bool) {
	name, ours := strings.CutPrefix(file, prefix)
	name, whole := strings.CutSuffix(name, extension)
	if !ours || !whole {
		return 0, false
	}
	id, err := model.ParseInstanceID(name)
	return id, err == nil && FileName(id) == file
}

// InstanceOf is whose GPUs a CDI name means: the number in berth/instance=1012; false for names of others.
func InstanceOf(device string) (model.InstanceID, bool) {
	name, ours := strings.CutPrefix(device, Kind+"=")
	if !ours {
		return 0, false
	}
	id, err := model.ParseInstanceID(name)
	return id, err == nil && Device(id) == device
}

// NonceIn finds the nonce in the environment of a process, in the form of /proc/PID/environ: name=value
// pairs, each ended by a zero byte. It is empty where there is none.
func NonceIn(environ []byte) string {
	nonce, _ := valueOf(NonceName, strings.Split(string(environ), "\x00"))
	return nonce
}

// GPUsIn finds which GPUs a process was handed in its environment; false where that doesn't say.
func GPUsIn(environ []byte) ([]model.GPUID, bool) {
	return gpusOf(strings.Split(string(environ), "\x00"))
}

func gpusOf(pairs []string) ([]model.GPUID, bool) {
	list, told := valueOf(GPUsName, pairs)
	if !told || list == "" {
		return nil, told
	}
	var ids []model.GPUID
	for id := range strings.SplitSeq(list, ",") {
		ids = append(ids, model.GPUID(id))
	}
	return ids, true
}

func valueOf(name string, pairs []string) (value string, set bool) {
	for _, pair := range pairs {
		if value, set := strings.CutPrefix(pair, name+"="); set {
			return value, true
		}
	}
	return "", false
}
