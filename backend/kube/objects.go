package kube

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"berth/model"
)

// What we read of the cluster's objects.

type meta struct {
	Name        string
	Namespace   string
	UID         string
	Labels      map[string]string
	Annotations map[string]string
	Created     time.Time  `json:"creationTimestamp"`
	Deleted     *time.Time `json:"deletionTimestamp"`
}

type list[T any] struct{ Items []T }

type service struct {
	Metadata meta
	Spec     struct {
		Ports []servicePort
	}
}

type servicePort struct {
	Name     string
	Protocol string
	Port     int
	NodePort int
}

type condition struct{ Type, Status, Reason, Message string }

type job struct {
	Metadata meta
	Spec     struct {
		Suspend  bool
		Template json.RawMessage
	}
	Status struct{ Conditions []condition }
}

type pod struct {
	Metadata meta
	Spec     struct {
		NodeName   string
		Containers []struct {
			Resources struct{ Requests map[string]string }
		}
	}
	Status struct {
		Phase      string
		Reason     string
		Message    string
		Conditions []condition
		Init       []containerStatus `json:"initContainerStatuses"`
		Containers []containerStatus `json:"containerStatuses"`
	}
}

type containerStatus struct {
	Name  string
	Ready bool
	State struct {
		Waiting    *struct{ Reason, Message string }
		Running    *struct{ StartedAt time.Time }
		Terminated *struct {
			ExitCode   int
			Reason     string
			Message    string
			StartedAt  time.Time
			FinishedAt time.Time
		}
	}
}

type node struct {
	Metadata meta
	Spec     struct{ Unschedulable bool }
	Status   struct {
		Allocatable map[string]string
		Addresses   []struct{ Type, Address string }
		Conditions  []condition
	}
}

// gpuResource is the resource by which NVIDIA's device plugin offers GPUs.
const gpuResource = "nvidia.com/gpu"

// find returns a condition of this type, or one that says nothing.
func find(all []condition, kind string) condition {
	for _, c := range all {
		if c.Type == kind {
			return c
		}
	}
	return condition{}
}

// mostSlots is how many GPUs a node may say that it has, parts of GPUs and shared ones included.
const mostSlots = 1024

func (n *node) gpus() int { return int(min(quantity(n.Status.Allocatable[gpuResource]), mostSlots)) }

// takes reports whether the node takes pods.
func (n *node) takes() bool {
	return !n.Spec.Unschedulable && find(n.Status.Conditions, "Ready").Status == "True"
}

// address returns the node's address as users reach it: the outer one if it has one.
func (n *node) address() string {
	found := ""
	for _, a := range n.Status.Addresses {
		switch {
		case a.Type == "ExternalIP":
			return a.Address
		case a.Type == "InternalIP" && found == "":
			found = a.Address
		}
	}
	return found
}

// gpus returns how many GPUs a pod has, or would have.
func (p *pod) gpus() int {
	n := 0
	for _, c := range p.Spec.Containers {
		n += int(min(quantity(c.Resources.Requests[gpuResource]), mostSlots))
	}
	return n
}

// over reports whether a pod holds nothing any more.
func (p *pod) over() bool { return p.Status.Phase == "Succeeded" || p.Status.Phase == "Failed" }

// units are the suffixes of quantities.
var units = []struct {
	suffix string
	factor float64
}{
	{"Ki", 1 << 10}, {"Mi", 1 << 20}, {"Gi", 1 << 30}, {"Ti", 1 << 40}, {"Pi", 1 << 50},
	{"m", 1e-3}, {"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"T", 1e12}, {"P", 1e15},
}

// mostQuantity is the largest that is believed: an exabyte.
const mostQuantity = 1 << 60

// quantity reads a quantity such as 1500m or 16384Ki. One that can't be read is 0, and so is one that nothing has: a node
// says its own.
func quantity(text string) float64 {
	factor := 1.0
	for _, u := range units {
		if digits, is := strings.CutSuffix(text, u.suffix); is {
			text, factor = digits, u.factor
			break
		}
	}
	n, err := strconv.ParseFloat(text, 64)
	if n *= factor; err == nil && n > 0 && n <= mostQuantity {
		return n
	}
	return 0
}

// nameOf returns the name of an instance's objects. A name of the API has no dot and no capital letter.
func nameOf(id model.InstanceID) string { return "c-" + strconv.FormatInt(int64(id), 10) }

// idOf reads an object's name. An instance has one name: C.14 isn't c-014, which somebody else made.
func idOf(name string) (model.InstanceID, bool) {
	id, err := model.ParseInstanceID(strings.TrimPrefix(name, "c-"))
	return id, err == nil && name == nameOf(id)
}
