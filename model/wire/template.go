package wire

import (
	"cmp"
	"fmt"
	"hash/fnv"

	"berth/model"
)

// A Template is a template in the form of the reference platform's API. Its ids stay the same for its whole life:
// neither an edit nor a new name changes them.
type Template struct {
	ID            int64        `json:"id"`
	HashID        string       `json:"hash_id"`
	Name          string       `json:"name"`
	Image         string       `json:"image"` // including its tag
	Tag           string       `json:"tag"`
	Desc          string       `json:"desc"`
	Env           string       `json:"env"` // the option text
	OnStart       string       `json:"onstart"`
	ArgsStr       string       `json:"args_str"`
	RunType       string       `json:"runtype"`
	UseSSH        bool         `json:"use_ssh"`
	SSHDirect     bool         `json:"ssh_direct"`
	JupDirect     bool         `json:"jup_direct"`
	UseJupyterLab bool         `json:"use_jupyter_lab"`
	JupyterDir    *string      `json:"jupyter_dir"`
	DockerLogin   *string      `json:"docker_login_repo"`
	Disk          float64      `json:"recommended_disk_space"` // GB
	Private       bool         `json:"private"`
	Recommended   bool         `json:"recommended"`
	Source        model.Source `json:"source"` // berth's own field: where the template comes from
}

// OfTemplate converts a template to the API's form.
func OfTemplate(t model.Template) Template {
	o := t.WithDefaults()
	_, tag, _ := model.CutTag(o.Image)
	known := cmp.Or(t.KnownAs, t.Name)
	w := Template{
		ID: nameID(known), HashID: templateHash(known), Name: t.Name, Image: o.Image, Tag: tag, Desc: t.Description,
		Env: o.Options, OnStart: o.OnStart, ArgsStr: model.JoinWords(o.Args), RunType: o.Mode.Wire(),
		UseSSH: o.Mode.Launcher(), SSHDirect: o.Mode.Launcher(), JupDirect: o.Mode == model.ModeJupyter,
		UseJupyterLab: o.JupyterLab, DockerLogin: orNull(o.Registry), Disk: o.Disk,
		Private: t.Source == model.SourceUser, Recommended: t.Source == model.SourceShipped, Source: t.Source,
	}
	options, _ := model.ParseOptions(o.Options)
	folder, _ := model.Plan{Env: options.Env}.Var("JUPYTER_DIR")
	w.JupyterDir = orNull(folder)
	return w
}

// nameID hashes a name to a number, for clients that know things by numbers. It has 48 bits, so that JSON numbers of
// every client hold it exactly.
func nameID(name string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // Write never fails
	return int64(h.Sum64() >> 16)
}

// templateHash hashes a template's name to its second id: 32 hex digits.
func templateHash(name string) string {
	h := fnv.New128a()
	_, _ = h.Write([]byte(name)) // Write never fails
	return fmt.Sprintf("%x", h.Sum(nil))
}
