package reference

import "testing"

// The rows are those of the distribution project's own tests that a name of an image can be.
func TestANameIsSplitAsTheDistributionProjectSplitsIt(t *testing.T) {
	sum := "@sha256:e6693c20186f837fc393390135d8a598a96a833917917789d63766cab6c59582"
	for text, want := range map[string]struct{ name, host, familiar, tag string }{
		"ubuntu":                                 {"docker.io/library/ubuntu", "docker.io", "ubuntu", "latest"},
		"ubuntu:24.04":                           {"docker.io/library/ubuntu", "docker.io", "ubuntu:24.04", "24.04"},
		"library/ubuntu:a":                       {"docker.io/library/ubuntu", "docker.io", "ubuntu:a", "a"},
		"docker.io/library/ubuntu:a":             {"docker.io/library/ubuntu", "docker.io", "ubuntu:a", "a"},
		"docker.io/ubuntu:a":                     {"docker.io/library/ubuntu", "docker.io", "ubuntu:a", "a"},
		"index.docker.io/ubuntu:a":               {"docker.io/library/ubuntu", "docker.io", "ubuntu:a", "a"},
		"index.docker.io/private/moby:a":         {"docker.io/private/moby", "docker.io", "private/moby:a", "a"},
		"docker.io/library/foo/bar:a":            {"docker.io/library/foo/bar", "docker.io", "library/foo/bar:a", "a"},
		"pytorch/pytorch":                        {"docker.io/pytorch/pytorch", "docker.io", "pytorch/pytorch", "latest"},
		"localhost/app:1":                        {"localhost/app", "localhost", "localhost/app:1", "1"},
		"localhost:5000/app":                     {"localhost:5000/app", "localhost:5000", "localhost:5000/app", "latest"},
		"127.0.0.1:5000/private/moby:a":          {"127.0.0.1:5000/private/moby", "127.0.0.1:5000", "127.0.0.1:5000/private/moby:a", "a"},
		"[2001:db8::1]:5000/repo:a":              {"[2001:db8::1]:5000/repo", "[2001:db8::1]:5000", "[2001:db8::1]:5000/repo:a", "a"},
		"Uppercase/app:a":                        {"Uppercase/app", "Uppercase", "Uppercase/app:a", "a"},
		"nvcr.io/nvidia/pytorch:25.01-py3":       {"nvcr.io/nvidia/pytorch", "nvcr.io", "nvcr.io/nvidia/pytorch:25.01-py3", "25.01-py3"},
		"ubuntu" + sum:                           {"docker.io/library/ubuntu", "docker.io", "ubuntu" + sum, ""},
		"ghcr.io/a/b:c" + sum:                    {"ghcr.io/a/b", "ghcr.io", "ghcr.io/a/b:c" + sum, "c"},
		"docker.io:5000/foo:a":                   {"docker.io:5000/foo", "docker.io:5000", "docker.io:5000/foo:a", "a"},
		"foo/foo_bar.com:8080":                   {"docker.io/foo/foo_bar.com", "docker.io", "foo/foo_bar.com:8080", "8080"},
		"registry.example.com:443/deep/er/app:1": {"registry.example.com:443/deep/er/app", "registry.example.com:443", "registry.example.com:443/deep/er/app:1", "1"},
	} {
		n, err := ParseNormalizedNamed(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if n.Name() != want.name || Domain(n) != want.host {
			t.Errorf("%s: the name %s at %s, want %s at %s", text, n.Name(), Domain(n), want.name, want.host)
		}
		tag := ""
		if with, is := TagNameOnly(n).(Tagged); is {
			tag = with.Tag()
		}
		if tag != want.tag {
			t.Errorf("%s: the tag %q, want %q", text, tag, want.tag)
		}
		familiar := FamiliarString(n)
		if familiar != want.familiar {
			t.Errorf("%s: people write %s, want %s", text, familiar, want.familiar)
		}
		if _, is := n.(Canonical); is != (len(text) > len(sum) && text[len(text)-len(sum):] == sum) {
			t.Errorf("%s: pinned: %v", text, is)
		}
	}
	for _, text := range []string{"", ":tag", "ubuntu:", "ubuntu@", "docker.io/", "localhost:5000/"} {
		if n, err := ParseNormalizedNamed(text); err == nil {
			t.Errorf("%q is taken for the name %s", text, n)
		}
	}
}
