package label

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
)

func TestLabelsProveOnlyTheContainerTheyWereGivenTo(t *testing.T) {
	home := t.TempDir()
	key, err := OpenKey(home)
	if err != nil {
		t.Fatal(err)
	}
	again, err := OpenKey(home)
	if err != nil || string(again) != string(key) {
		t.Fatalf("opened again, the key is another: %v", err)
	}
	other, err := OpenKey(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	given := map[string]string{ID: "1002", Home: home, Owner: "maria", Order: "{}"}
	given[Proof] = key.Sign("C.1002", "image:1", given)
	changed := func(name, value string) map[string]string {
		labels := maps.Clone(given)
		labels[name] = value
		return labels
	}
	for name, tt := range map[string]struct {
		key         Key
		name, image string
		labels      map[string]string
		proven      bool
	}{
		"as given":                               {key, "C.1002", "image:1", given, true},
		"a container run from a committed image": {key, "my-own", "snapshot:1", given, false},
		"the same, under the instance's name":    {key, "C.1002", "snapshot:1", given, false},
		"another name":                           {key, "C.1003", "image:1", given, false},
		"another number":                         {key, "C.1002", "image:1", changed(ID, "1003"), false},
		"another owner":                          {key, "C.1002", "image:1", changed(Owner, "ben"), false},
		"another order":                          {key, "C.1002", "image:1", changed(Order, `{"a":1}`), false},
		"no proof":                               {key, "C.1002", "image:1", changed(Proof, ""), false},
		"another state folder":                   {other, "C.1002", "image:1", given, false},
		"no key":                                 {nil, "C.1002", "image:1", given, false},
	} {
		if got := tt.key.Proves(tt.name, tt.image, tt.labels); got != tt.proven {
			t.Errorf("%s: proven is %v", name, got)
		}
	}
}

func TestAKeyThatIsNoneIsSaid(t *testing.T) {
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, keyFile), []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if key, err := OpenKey(home); err == nil {
		t.Errorf("nonsense is the key %x", key)
	}
}

func TestAKeyIsAsOpenAsItsFolder(t *testing.T) {
	for folder, want := range map[os.FileMode]os.FileMode{0o700: 0o600, 0o2770: 0o660} {
		home := t.TempDir()
		if err := os.Chmod(home, folder.Perm()); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenKey(home); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(filepath.Join(home, keyFile)); err != nil || info.Mode().Perm() != want {
			t.Errorf("in a folder of %v it is %v (%v)", folder, info.Mode(), err)
		}
	}
}

// Two containers with any difference in name, image or labels never have the same proof: each text is signed with its
// length, so characters can't move from one text to the next.
func FuzzAProofIsOfOneContainer(f *testing.F) {
	f.Add("C.1", "image", "1", "/home", "maria", "{}", "C.1", "image", "1", "/home", "maria", "{}")
	f.Add("C.1", "image1:", "", "", "", "", "C.1", "image", "1:", "", "", "")
	f.Add("a", "3:b,", "", "", "", "", "a,0:", "b", "", "", "", "")
	f.Fuzz(func(t *testing.T, n1, i1, a1, h1, o1, p1, n2, i2, a2, h2, o2, p2 string) {
		key := Key("key")
		one := map[string]string{ID: a1, Home: h1, Owner: o1, Order: p1}
		other := map[string]string{ID: a2, Home: h2, Owner: o2, Order: p2}
		same := n1 == n2 && i1 == i2 && maps.Equal(one, other)
		other[Proof] = key.Sign(n1, i1, one)
		if key.Proves(n2, i2, other) != same {
			t.Errorf("%q of %q with %v, and %q of %q with %v: one proof for both is %v", n1, i1, one, n2, i2, other, !same)
		}
	})
}
