package kube

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"berth/model"
)

// An instance as the cluster's objects. docs/kubernetes.md has the same as a table.

const (
	mainContainer = "main"
	helperImage   = "busybox:1.36" // unpacks the launcher; any image with sh, cat and gunzip would do
	grace         = 10 * time.Second
	launcher      = "/.berth"
	visible       = "NVIDIA_VISIBLE_DEVICES"
)

// A draft is an instance whose objects are to be made.
type draft struct {
	model.Instance
	launch  string // tells this launch from every other
	guest   model.Guest
	hostKey string   // public
	program []string // names of the launcher's ConfigMaps
	owner   object   // reference to the Service, once that is there
}

func (d *draft) meta(suffix string) object {
	m := object{"name": nameOf(d.ID) + suffix, "labels": labelsOf(d.ID)}
	if d.owner != nil {
		m["ownerReferences"] = []object{d.owner}
	}
	return m
}

func labelsOf(id model.InstanceID) object {
	return object{ours: byUs, withID: strconv.FormatInt(int64(id), 10)}
}

// ownedBy refers to a Service, so that the cluster removes an object with it.
func ownedBy(s service) object {
	return object{"apiVersion": "v1", "kind": "Service", "name": s.Metadata.Name, "uid": s.Metadata.UID, "blockOwnerDeletion": true}
}

// serviceObject asks for the lease of number and ports. The node ports are left out: the API server chooses them.
func (d *draft) serviceObject() (object, error) {
	p := promise{Order: d.Order, Share: d.Plan.Share, Model: d.Plan.GPUModel, Data: d.Plan.DataDirectory(), Hostname: d.Plan.Hostname}
	p.Order.Options, p.Order.OnStart = withoutVariables(d.Order.Options), ""
	text, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	m := d.meta("")
	m["annotations"] = object{noteOwner: d.Owner, noteLabel: d.Label, notePromise: string(text), noteHostKey: d.hostKey, noteLaunch: d.launch}
	spec := object{"selector": labelsOf(d.ID), "publishNotReadyAddresses": true}
	var ports []object
	for _, port := range d.Plan.Ports {
		inside := port.Internal
		if inside == 0 {
			inside = unused(d.Plan.Ports, len(ports)) // until its number outside is known
		}
		ports = append(ports, object{
			"name": string(port.Protocol) + "-" + strconv.Itoa(port.Asked), "protocol": strings.ToUpper(string(port.Protocol)),
			"port": inside, "targetPort": inside,
		})
	}
	spec["type"], spec["ports"] = "NodePort", ports
	if len(ports) == 0 {
		spec["type"], spec["clusterIP"] = "ClusterIP", "None"
	}
	return object{"apiVersion": "v1", "kind": "Service", "metadata": m, "spec": spec}, nil
}

// withoutVariables leaves of an options text what may be read by everybody.
func withoutVariables(text string) string {
	o, err := model.ParseOptions(text)
	if err != nil {
		return ""
	}
	o.Env = nil
	return o.String()
}

// unused returns a number that none of the ports has inside, for the nth of them.
func unused(ports []model.Port, n int) int {
	const last = 65535
	number := last - n
	for slices.ContainsFunc(ports, func(p model.Port) bool { return p.Internal == number }) {
		number -= model.MaxPorts
	}
	return number
}

// secretObjects are what the launcher reads, and the variables. Both have secrets.
func (d *draft) secretObjects() ([]object, error) {
	guest, err := json.Marshal(d.guest)
	if err != nil {
		return nil, err
	}
	vars := object{}
	for _, v := range model.Environment(model.Identity{Instance: d.Instance, APIKey: d.Plan.APIKey, Keys: d.Plan.Keys}) {
		if v.Name != visible && v.Name != "PUBLIC_IPADDR" { // the pod's own manifest says these
			vars[v.Name] = v.Value
		}
	}
	return []object{
		{"apiVersion": "v1", "kind": "Secret", "metadata": d.meta(""), "stringData": object{
			"guest.json": string(guest), "api_key": d.Plan.APIKey, "label": d.ID.String(),
		}},
		{"apiVersion": "v1", "kind": "Secret", "metadata": d.meta("-env"), "stringData": vars},
	}, nil
}

func (d *draft) claimObject() object {
	return object{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": d.meta(""), "spec": object{
		"accessModes": []string{"ReadWriteOnce"},
		"resources":   object{"requests": object{"storage": strconv.FormatInt(int64(d.Plan.Disk), 10)}},
	}}
}

// jobObject is the Job that has the instance's pod. It runs the pod once: when the main process ends by itself, the
// pod is over and holds no GPU any more. Suspending the Job ends the pod, and going on makes a new one. A pod that a
// drained or lost node ends is made again elsewhere.
func jobObject(meta object, template any) object {
	return object{"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": object{
		"backoffLimit": 0, "podReplacementPolicy": "Failed", "template": template,
		"podFailurePolicy": object{"rules": []object{
			{"action": "Ignore", "onPodConditions": []object{{"type": "DisruptionTarget", "status": "True"}}},
		}},
	}}
}

func (d *draft) template() object {
	spec := object{
		"restartPolicy": "Never", "enableServiceLinks": false, "automountServiceAccountToken": false,
		"terminationGracePeriodSeconds": int(grace.Seconds()), "hostname": d.hostname(),
		"securityContext": object{"seccompProfile": object{"type": "RuntimeDefault"}},
		"nodeSelector":    d.nodes(), "volumes": d.volumes(),
		"initContainers": []object{d.unpacks(), d.seeds()}, "containers": []object{d.main()},
	}
	return object{"metadata": object{"labels": labelsOf(d.ID)}, "spec": spec}
}

// hostname is the pod's: without dots, in small letters.
func (d *draft) hostname() string {
	if name, _, _ := strings.Cut(strings.ToLower(d.Plan.Hostname), "."); name != "" {
		return name
	}
	return nameOf(d.ID)
}

func (d *draft) nodes() object {
	n := object{"kubernetes.io/arch": runtime.GOARCH}
	if d.Order.GPUModel != "" {
		n["nvidia.com/gpu.product"] = strings.ReplaceAll(d.Plan.GPUModel, " ", "-")
	}
	return n
}

func (d *draft) volumes() []object {
	var parts []object
	for n, name := range d.program {
		key := partKey(n)
		parts = append(parts, object{"configMap": object{"name": name, "items": []object{{"key": key, "path": key}}}})
	}
	return []object{
		{"name": "disk", "persistentVolumeClaim": object{"claimName": nameOf(d.ID)}},
		{"name": "shm", "emptyDir": object{"medium": "Memory", "sizeLimit": strconv.FormatInt(int64(max(d.Plan.Share.Shm, model.MiB)), 10)}},
		{"name": "launcher", "emptyDir": object{}},
		{"name": "program", "projected": object{"sources": parts}},
		{"name": "secret", "secret": object{"secretName": nameOf(d.ID), "defaultMode": 0o600}},
	}
}

// little is what an init container asks for: less than any instance.
var little = object{"requests": object{"cpu": "10m", "memory": "32Mi"}}

// unpacks is the init container that puts the launcher together from its ConfigMaps.
func (d *draft) unpacks() object {
	script := fmt.Sprintf("set -e; mkdir -p %[1]s/start-1; cat /program/* | gunzip > %[1]s/start-1/guest; chmod 755 %[1]s/start-1/guest; "+
		"cp /secret/guest.json %[1]s/start-1/; chmod 600 %[1]s/start-1/guest.json; ln -s start-1/guest %[1]s/guest", launcher)
	return object{
		"name": "launcher", "image": helperImage, "imagePullPolicy": "IfNotPresent", "command": []string{"sh", "-c", script}, "resources": little,
		"securityContext": object{"runAsUser": 0},
		"volumeMounts": []object{
			{"name": "launcher", "mountPath": launcher}, {"name": "program", "mountPath": "/program"}, {"name": "secret", "mountPath": "/secret"},
		},
	}
}

// seeds is the init container that fills an empty disk with what the image has in the folders that are kept.
func (d *draft) seeds() object {
	return object{
		"name": "seed", "image": d.Order.Image, "imagePullPolicy": "IfNotPresent", "resources": little,
		"command":         []string{launcher + "/guest", "seed", "/.disk", d.Plan.DataDirectory() + "=data", "/root=root"},
		"securityContext": object{"runAsUser": 0},
		"volumeMounts":    []object{{"name": "launcher", "mountPath": launcher}, {"name": "disk", "mountPath": "/.disk"}},
	}
}

func (d *draft) main() object {
	env := []object{{"name": "PUBLIC_IPADDR", "valueFrom": object{"fieldRef": object{"fieldPath": "status.hostIP"}}}}
	if d.Order.GPUs == 0 { // the device plugin sets it for the others, and a manifest's own value would win over the plugin's
		env = append(env, object{"name": visible, "value": "void"})
	}
	share := d.Plan.Share
	resources := object{"requests": object{
		"cpu": fmt.Sprintf("%dm", max(int(share.Cores*1000), 1)), "memory": strconv.FormatInt(int64(share.Memory), 10),
	}}
	if d.Order.GPUs > 0 {
		resources["limits"] = object{gpuResource: strconv.Itoa(d.Order.GPUs)}
	}
	c := object{
		"name": mainContainer, "image": d.Order.Image, "imagePullPolicy": "IfNotPresent", "env": env, "resources": resources,
		"envFrom":         []object{{"secretRef": object{"name": nameOf(d.ID) + "-env"}}},
		"securityContext": object{"capabilities": object{"drop": model.DroppedCaps()}},
		"volumeMounts": []object{
			{"name": "disk", "mountPath": d.Plan.DataDirectory(), "subPath": "data"}, {"name": "disk", "mountPath": "/root", "subPath": "root"},
			{"name": "shm", "mountPath": "/dev/shm"},
		},
		"terminationMessagePolicy": "FallbackToLogsOnError",
	}
	mounts := c["volumeMounts"].([]object)
	if d.Order.Mode.Launcher() {
		c["command"], c["securityContext"].(object)["runAsUser"] = []string{launcher + "/guest"}, 0
		c["readinessProbe"] = object{"tcpSocket": object{"port": model.PortSSH}, "periodSeconds": 1}
		c["volumeMounts"] = append(mounts, object{"name": "launcher", "mountPath": launcher})
		return c
	}
	c["volumeMounts"] = append(mounts,
		object{"name": "secret", "mountPath": "/root/.vast_api_key", "subPath": "api_key"},
		object{"name": "secret", "mountPath": "/root/.vast_containerlabel", "subPath": "label"})
	if len(d.Order.Entrypoint) > 0 {
		c["command"] = d.Order.Entrypoint
	}
	if len(d.Order.Args) > 0 {
		c["args"] = d.Order.Args
	}
	return c
}

// partSize is how much of the launcher a ConfigMap has. The API server takes no object above 1 MiB.
const partSize = 900 << 10

func partKey(n int) string { return fmt.Sprintf("part-%02d", n) }

// partObject is a ConfigMap with a part of the launcher. It is shared by all instances that this launcher was made for.
func partObject(name string, n int, part []byte) object {
	return object{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": object{"name": name, "labels": object{ours: byUs}}, "immutable": true,
		"binaryData": object{partKey(n): base64.StdEncoding.EncodeToString(part)},
	}
}
