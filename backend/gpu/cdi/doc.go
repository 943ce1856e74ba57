// Package cdi writes the files by which an engine gives a container its GPUs.
//
// A container's device request is fixed at create, but the engine resolves a CDI name in it at each start. So each
// instance requests one device of ours for its whole life, berth/instance=N. Before each start a spec file says which
// GPUs that device stands for; the file is composed from the description of these GPUs by the host's NVIDIA toolkit.
// Without the file the container can't be started, not even by hand: a stopped instance holds no GPU.
//
// The package composes and writes files, and chooses the way that an engine offers (Choose). It never calls the engine
// or the driver. Begin with Compose and Folder.
package cdi

import (
	"strconv"
	"strings"

	"berth/model"
)

const (
	// Kind is the vendor and class of our devices.
	Kind = "berth/instance"
	// NonceName is the variable by which a started process shows which file it was started with. The check is needed
	// because an engine's file watcher misses a change now and then; the engine then starts the container with the
	// previous file's content.
	NonceName = "BERTH_GPU_NONCE"
	// GPUsName is the variable with the UUIDs of the GPUs that a process was handed, separated by commas. It tells who
	// has which GPU after the ledger was lost or restored from a copy.
	GPUsName = "BERTH_GPUS"

	prefix    = "berth-instance_" // the CDI library's form for names of transient files
	extension = ".json"
)

// Device returns the CDI name of an instance's GPUs: berth/instance=1012.
func Device(id model.InstanceID) string { return Kind + "=" + deviceName(id) }

// FileName returns the name of an instance's spec file in its folder.
func FileName(id model.InstanceID) string { return prefix + deviceName(id) + extension }

func deviceName(id model.InstanceID) string { return strconv.FormatInt(int64(id), 10) }

// instanceOf returns the instance that a file in a spec folder belongs to; false if the file isn't ours.
func instanceOf(file string) (model.InstanceID, bool) {
	name, ours := strings.CutPrefix(file, prefix)
	name, whole := strings.CutSuffix(name, extension)
	if !ours || !whole {
		return 0, false
	}
	id, err := model.ParseInstanceID(name)
	return id, err == nil && FileName(id) == file
}

// InstanceOf returns the instance that a CDI name stands for: the number in berth/instance=1012; false for other names.
func InstanceOf(device string) (model.InstanceID, bool) {
	name, ours := strings.CutPrefix(device, Kind+"=")
	if !ours {
		return 0, false
	}
	id, err := model.ParseInstanceID(name)
	return id, err == nil && Device(id) == device
}

// NonceIn finds the nonce in a process's environment, in the form of /proc/PID/environ: name=value pairs, each ended by
// a zero byte. It is empty if there is none.
func NonceIn(environ []byte) string {
	nonce, _ := valueOf(NonceName, strings.Split(string(environ), "\x00"))
	return nonce
}

// GPUsIn finds which GPUs a process was handed, in its environment; false if the environment doesn't say.
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
