package model

import (
	"reflect"
	"strings"
	"testing"
)

func someFolders() Policy {
	return Policy{Folders: []Folder{
		{Name: "datasets", Path: "/srv/datasets", At: "/data", Default: true},
		{Name: "home", Path: "/srv/homes/{user}", At: "/home/{user}", Mode: FolderReadWrite, Default: true},
		{Name: "models", Path: "/srv/models", Users: []string{"jonas"}, Groups: []string{"ml"}},
		{Name: "again", Path: "/srv/again", At: "/data"},
	}}
}

func TestFoldersAreThoseThatTheOwnerOpened(t *testing.T) {
	data := Mount{"datasets", "/srv/datasets", "/data", FolderReadOnly}
	home := Mount{"home", "/srv/homes/maria", "/home/maria", FolderReadWrite}
	for name, tt := range map[string]struct {
		order   []string
		account Account
		want    []Mount
		fault   string
	}{
		"nothing said: what every instance gets": {nil, Account{Owner: "maria"}, []Mount{data, home}, ""},
		"none":                                   {[]string{}, Account{Owner: "maria"}, nil, ""},
		"one":                                    {[]string{"datasets"}, Account{Owner: "maria"}, []Mount{data}, ""},
		"one twice":                              {[]string{"datasets", "datasets"}, Account{Owner: "maria"}, []Mount{data}, ""},
		"another user's":                         {[]string{"models"}, Account{Owner: "maria"}, nil, `folders "models": the machine's owner has opened no such folder to maria; there are datasets, home, again`},
		"by name":                                {[]string{"models"}, Account{Owner: "jonas"}, []Mount{{"models", "/srv/models", "/srv/models", FolderReadOnly}}, ""},
		"by group":                               {[]string{"models"}, Account{Owner: "ada", Groups: []string{"ada", "ml"}}, []Mount{{"models", "/srv/models", "/srv/models", FolderReadOnly}}, ""},
		"no such folder":                         {[]string{"nowhere"}, Account{Owner: "maria"}, nil, `folders "nowhere": the machine's owner has opened no such folder to maria`},
		"two at one place":                       {[]string{"datasets", "again"}, Account{Owner: "maria"}, []Mount{data}, `folders "again": datasets is at /data too`},
		"a user's name that goes up":             {[]string{"home"}, Account{Owner: ".."}, nil, `folders "home": it is by user, and ".." names no folder`},
		"a user's name with a slash":             {[]string{"home"}, Account{Owner: "a/../../etc"}, nil, "names no folder"},
		"nobody's name":                          {[]string{"home"}, Account{}, nil, "names no folder"},
		"a path for a name":                      {[]string{"/etc"}, Account{Owner: "maria"}, nil, `folders "/etc": want the name of a folder that the machine's owner has listed`},
	} {
		plan, faults := Propose(Order{Image: "i", Folders: tt.order}, Capacity{Policy: someFolders(), Account: tt.account})
		if !reflect.DeepEqual(plan.Folders, tt.want) {
			t.Errorf("%s: got %v", name, plan.Folders)
		}
		if got := faults.Error(); tt.fault == "" && got != "" || !strings.Contains(got, tt.fault) {
			t.Errorf("%s: faults %q, want %q", name, got, tt.fault)
		}
	}
}

// While it isn't known what the owner has decided, nothing new is promised, and the words say why.
func TestNothingIsPromisedWhileThePolicyIsUnknown(t *testing.T) {
	p := Policy{Faults: []string{"config.toml:3: folder.at: x", "config.toml:4: y"}}
	_, faults := Propose(Order{Image: "i", Folders: []string{"datasets"}}, Capacity{Policy: p})
	if len(faults) != 1 || !strings.Contains(faults.Error(), "config.toml:3: folder.at: x (and 1 more); see berth config check") {
		t.Errorf("got %v", faults)
	}
	if len(Policy{}.Notice()) > 0 || (Policy{}).Refusal() != nil {
		t.Error("an empty policy refuses")
	}
}

// A folder in an instance is only ever one that the policy has, with the user's name in the place of {user}: whatever the
// user is called, it doesn't lead elsewhere.
func FuzzAUsersNameLeadsNowhereElse(f *testing.F) {
	for _, name := range []string{"maria", "..", "a/b", "", "{user}", "."} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, user string) {
		mounts, _ := someFolders().Mounts([]string{"home"}, Account{Owner: user})
		for _, m := range mounts {
			name, below := strings.CutPrefix(m.Path, "/srv/homes/")
			if !below || name == "" || strings.Contains(name, "/") || name == ".." || name == "." || wrongPath(m.Path) != "" {
				t.Errorf("%q leads to %q", user, m.Path)
			}
		}
	})
}
