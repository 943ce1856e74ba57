package api_test

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"syscall"
	"testing"

	"berth/backend/engine/enginetest"
	"berth/model"
)

// The keeper runs as root. Each user sees, writes and launches from only their own templates.
func TestEachOwnerHasTemplatesOfTheirOwn(t *testing.T) {
	if os.Getuid() != 0 {
		enginetest.Skip(t, "other users' files are made by root: run the tests as root")
	}
	homes, err := os.MkdirTemp("", "berth-test-homes-") // only root can enter the test's own folder
	check(t, err)
	t.Cleanup(func() { check(t, os.RemoveAll(homes)) })
	check(t, os.Chmod(homes, 0o711))
	uids := map[string]int{"jonas": 21002, "ben": 21003}
	for name, uid := range uids {
		check(t, os.Mkdir(filepath.Join(homes, name), 0o700))
		check(t, os.Chown(filepath.Join(homes, name), uid, uid))
	}
	h := newHouseOf(t, func(name string) (*user.User, error) {
		uid, known := uids[name]
		if !known {
			return nil, user.UnknownUserError(name)
		}
		return &user.User{Uid: fmt.Sprint(uid), Gid: fmt.Sprint(uid), HomeDir: filepath.Join(homes, name)}, nil
	})
	ben, err := h.NewAccountKey(h.ActingFor(t.Context(), "ben"))
	check(t, err)

	const body = `{"name":"ours","image":"%s:1","runtype":"ssh","recommended_disk_space":20}`
	hash := ""
	for key, image := range map[string]string{h.key: "of/maria", h.jonas: "of/jonas", ben: "of/ben"} {
		made := h.fine("POST", "/api/v0/template/", key, fmt.Sprintf(body, image)).object["template"].(map[string]any)
		hash = made["hash_id"].(string) // the hash is computed from the name, so it is the same for all owners
	}
	info, err := os.Stat(filepath.Join(homes, "jonas/.config/berth/templates/ours.toml"))
	check(t, err)
	if uid := int(info.Sys().(*syscall.Stat_t).Uid); uid != uids["jonas"] {
		t.Errorf("jonas's template is %d's", uid)
	}
	for key, image := range map[string]string{h.key: "of/maria:1", h.jonas: "of/jonas:1", ben: "of/ben:1"} {
		got := h.fine("PUT", "/api/v0/asks/1001/", key, `{"template_hash_id":"`+hash+`"}`)
		i, err := h.ledger.Instance(t.Context(), model.InstanceID(got.object["new_contract"].(float64)))
		check(t, err)
		if i.Order.Image != image {
			t.Errorf("launched from %s, want %s", i.Order.Image, image)
		}
	}
	h.fine("PUT", "/api/v0/template/", h.jonas, `{"hash_id":"`+hash+`","name":"his"}`)
	h.fine("DELETE", "/api/v0/template/", ben, `{"hash_id":"`+hash+`"}`)
	h.fine("DELETE", "/api/v0/template/", ben, `{"hash_id":"`+hash+`"}`)
	for key, want := range map[string]string{h.key: "ours", h.jonas: "his", ben: ""} {
		if got := h.ownTemplates(key); got != want {
			t.Errorf("own templates are %q, want %q", got, want)
		}
	}
}

// ownTemplates returns the names of the templates in a key owner's own folder.
func (h *house) ownTemplates(key string) (names string) {
	h.t.Helper()
	for _, t := range h.fine("GET", "/api/v0/template/", key, "").object["templates"].([]any) {
		if name := t.(map[string]any)["name"].(string); name == "ours" || name == "his" {
			names += name
		}
	}
	return names
}

// If the keeper can't reach a user's files, the user's templates can't be written, and the keeper's own templates
// aren't shown instead.
func TestTemplatesOutOfReachAreSaidToBe(t *testing.T) {
	h := newHouse(t)
	const body = `{"name":"ours","image":"of/maria:1","runtype":"ssh","recommended_disk_space":20}`
	h.fine("POST", "/api/v0/template/", h.key, body)
	h.refused(h.ask("POST", "/api/v0/template/", h.jonas, body), 403, "not_authorized")
	if got := h.ownTemplates(h.jonas); got != "" {
		t.Errorf("jonas sees maria's template %s", got)
	}
	for _, key := range []string{h.key, h.jonas} {
		h.fine("POST", "/api/v0/secrets/", key, `{"key":"A","value":"b"}`) // variables are in the ledger, which works for all users
		for _, t := range h.fine("GET", "/api/v0/template/", key, "").object["templates"].([]any) {
			if w := t.(map[string]any); w["name"] == "starter" {
				h.refused(h.ask("PUT", "/api/v0/template/", h.key, `{"hash_id":"`+w["hash_id"].(string)+`","desc":"x"}`), 403, "not_authorized")
			}
		}
	}
}
