package cli

import (
	"bytes"
	"context"
	"testing"

	"github.com/spf13/cobra"

	"berth/model"
	"berth/model/wire"
)

// shared is a machine of several users, as one of them sees it.
type shared struct {
	finder
	user string
}

func (s shared) Screen() Screen { return Screen{User: s.user} }

func (shared) Fleet(context.Context) (model.Fleet, error) {
	return model.Fleet{Engine: model.Condition{OK: true}, Instances: []model.Instance{{
		ID: 1001, Owner: "maria",
		Order: model.Order{Image: "i", Mode: model.ModeJupyter, Options: "-e HF_TOKEN=hush", OnStart: "echo hush"},
		Plan:  model.Plan{Env: []model.Var{{Name: "HF_TOKEN", Value: "hush"}}, Token: "hush", APIKey: "hush"},
	}}}, nil
}

// A regression test: secrets of one user's instance were in other users' ls --json and show.
func TestWhatIsPrintedOfAnothersInstanceHasNoSecrets(t *testing.T) {
	for user, want := range map[string]bool{"jonas": false, "root": false, "maria": true} {
		f, err := fleet(&cobra.Command{}, shared{user: user})
		check(t, err)
		var out bytes.Buffer
		i := f.Instances[0]
		check(t, (&program{}).printJSON(&out, []any{wire.OfInstance(f, i), details(f, i), model.Links(i, "192.0.2.1")}))
		if got := bytes.Contains(out.Bytes(), []byte("hush")); got != want {
			t.Errorf("%s sees them: %v\n%s", user, got, out.String())
		}
	}
}
