package kube

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"berth/model"
)

// Doctor says what of the cluster works for berth, and what is to be done about the rest. It changes nothing.
func (c *Cluster) Doctor(ctx context.Context) []model.Finding {
	me, err := c.Me(ctx)
	if err != nil {
		return []model.Finding{{Name: "access", Verdict: model.VerdictFail, Detail: model.Said(err), Fix: "see that `kubectl get nodes` works with this kubeconfig"}}
	}
	var version struct{ GitVersion string }
	if err := c.api.call(ctx, http.MethodGet, "/version", nil, &version); err != nil {
		version.GitVersion = "an unknown version"
	}
	return []model.Finding{
		{Name: "access", Verdict: model.VerdictOK, Detail: fmt.Sprintf("%s at %s, as %s, in namespace %s", version.GitVersion, c.api.server, me, c.api.namespace)},
		c.rights(ctx), c.devicePlugin(ctx), c.storage(ctx), c.networkPolicy(ctx),
	}
}

// needed lists what berth does with which objects. docs/kubernetes.yaml grants the same.
var needed = []struct {
	kind
	verbs string
}{
	{services, "get list watch create patch delete"}, {secrets, "create"}, {claims, "create"}, {configMaps, "get create"},
	{jobs, "list watch create patch delete"}, {pods, "list watch"}, {kind{"/api/v1", "pods/log"}, "get"}, {kind{"/api/v1", "pods/exec"}, "get create"},
}

func (c *Cluster) rights(ctx context.Context) model.Finding {
	f := model.Finding{Name: "rights", Verdict: model.VerdictOK, Detail: "all that berth needs in this namespace"}
	var missing []string
	for _, n := range needed {
		for verb := range strings.FieldsSeq(n.verbs) {
			may, err := c.may(ctx, n.kind, verb)
			if err != nil {
				return model.Finding{Name: f.Name, Verdict: model.VerdictFail, Detail: model.Said(err)}
			}
			if !may {
				missing = append(missing, verb+" "+n.plural)
			}
		}
	}
	if len(missing) > 0 {
		f.Verdict, f.Detail = model.VerdictFail, "not allowed: "+strings.Join(missing, ", ")
		f.Fix = "have the cluster's administrator bind the Role of docs/kubernetes.yaml to you"
	}
	return f
}

// may asks the API server whether this user may do something in our namespace.
func (c *Cluster) may(ctx context.Context, k kind, verb string) (bool, error) {
	group := strings.TrimPrefix(strings.TrimSuffix(k.group, "/v1"), "/apis/")
	if group == "/api" {
		group = ""
	}
	resource, part, _ := strings.Cut(k.plural, "/")
	ask := object{"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": object{"resourceAttributes": object{
		"namespace": c.api.namespace, "verb": verb, "group": group, "resource": resource, "subresource": part,
	}}}
	var review struct{ Status struct{ Allowed bool } }
	err := c.api.call(ctx, http.MethodPost, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", ask, &review)
	return review.Status.Allowed, err
}

func (c *Cluster) devicePlugin(ctx context.Context) model.Finding {
	f := model.Finding{Name: "GPUs", Verdict: model.VerdictFail, Fix: "bind the ClusterRole of docs/kubernetes.yaml to you"}
	var all list[node]
	if err := c.api.call(ctx, http.MethodGet, "/api/v1/nodes", nil, &all); err != nil {
		f.Detail = model.Said(err)
		return f
	}
	gpus, with := 0, 0
	for n := range all.Items {
		if has := all.Items[n].gpus(); has > 0 {
			gpus, with = gpus+has, with+1
		}
	}
	f.Detail = fmt.Sprintf("%s on %d of %d nodes", model.CountGPUs(gpus), with, len(all.Items))
	if gpus == 0 {
		f.Fix = "install NVIDIA's device plugin or GPU operator: no node offers " + gpuResource
		return f
	}
	f.Verdict, f.Fix = model.VerdictOK, ""
	return f
}

func (c *Cluster) storage(ctx context.Context) model.Finding {
	f := model.Finding{Name: "storage", Verdict: model.VerdictFail}
	var all list[struct{ Metadata meta }]
	if err := c.api.call(ctx, http.MethodGet, "/apis/storage.k8s.io/v1/storageclasses", nil, &all); err != nil {
		f.Verdict, f.Detail, f.Fix = model.VerdictWarn, model.Said(err), "bind the ClusterRole of docs/kubernetes.yaml to you"
		return f
	}
	for _, class := range all.Items {
		if class.Metadata.Annotations["storageclass.kubernetes.io/is-default-class"] == "true" {
			return model.Finding{Name: f.Name, Verdict: model.VerdictOK, Detail: "disks are of the class " + class.Metadata.Name}
		}
	}
	f.Detail, f.Fix = "no storage class is the default: an instance's disk would never be made", "mark one as the default"
	return f
}

func (c *Cluster) networkPolicy(ctx context.Context) model.Finding {
	f := model.Finding{Name: "network", Verdict: model.VerdictWarn}
	var all list[struct{ Metadata meta }]
	err := c.api.call(ctx, http.MethodGet, "/apis/networking.k8s.io/v1/namespaces/"+c.api.namespace+"/networkpolicies", nil, &all)
	switch {
	case err != nil:
		f.Detail = model.Said(err)
	case len(all.Items) == 0:
		f.Detail, f.Fix = "instances reach each other's ports: the namespace has no NetworkPolicy", "apply the one of docs/kubernetes.yaml"
	default:
		f.Verdict, f.Detail = model.VerdictOK, fmt.Sprintf("the namespace has %d network policies", len(all.Items))
	}
	return f
}
