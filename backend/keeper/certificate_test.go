package keeper

import (
	"testing"
	"time"

	"berth/backend/ca"
	"berth/backend/engine"
	"berth/model"
)

// Users are told to trust the authority: nobody who launches chooses for which name it signs.
func TestACertificateIsForTheInstancesOwnName(t *testing.T) {
	authority, err := ca.Open(t.TempDir(), "192.0.2.7", time.Now)
	check(t, err)
	var asked string
	m := &maker{shared: &shared{Parts: Parts{Now: time.Now, Issue: func(name string) (ca.Pair, error) {
		asked = name
		return authority.Issue(name)
	}}}}
	i := model.Instance{ID: 1002, Order: model.Order{Mode: model.ModeEntrypoint}, Plan: model.Plan{Hostname: "accounts.google.com"}}
	if _, err := m.startFiles(t.Context(), i, &engine.Container{State: engine.Created}); err != nil || asked != "c-1002.berth" {
		t.Errorf("a certificate for %q was asked for: %v", asked, err)
	}
}
