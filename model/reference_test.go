package model

import (
	"strings"
	"testing"
)

func TestAnImageIsAReference(t *testing.T) {
	digest := "@sha256:" + strings.Repeat("0123456789abcdef", 4)
	for _, image := range []string{
		"ubuntu", "ubuntu:24.04", "pytorch/pytorch:2.6.0-cuda12.6-cudnn9-runtime", "vastai/base-image",
		"ghcr.io/huggingface/text-generation-inference:3.0", "localhost/a", "localhost:5000/a/b:c", "registry.example.com:443/team/a__b-c.d",
		"ubuntu" + digest, "a.b/c:tag" + digest, "[2001:db8::1]:5000/a", "nvcr.io/nvidia/pytorch:24.10-py3", "MyHost/image",
		strings.Repeat("a", maxReferenceName), "a:" + strings.Repeat("t", 128), "sha256:" + strings.Repeat("ab", 32),
	} {
		if reason := wrongImage(image); reason != "" {
			t.Errorf("%s: %s", image, reason)
		}
	}
	for image, want := range map[string]string{
		"":                                      "an image is needed",
		"Ubuntu":                                "lower case",
		"library/Ubuntu":                        "lower case",
		"ubuntu 24.04":                          "no blanks",
		" ubuntu":                               "no blanks",
		"ubuntu:":                               "a tag, after the colon",
		"ubuntu:-a":                             "a tag, after the colon",
		"a:" + strings.Repeat("t", 129):         "a tag, after the colon",
		"ubuntu@":                               "after @ comes a digest",
		"ubuntu@sha256:12":                      "after @ comes a digest",
		"https://ghcr.io/a/b":                   "no https:// before it",
		"-bad-.io/a":                            "no registry host",
		"host:port/a":                           "no registry host",
		"a//b":                                  "part of the name is empty",
		"a/":                                    "part of the name is empty",
		"/a":                                    "part of the name is empty",
		"a/_b":                                  `"_b" is no part`,
		"a..b":                                  `"a..b" is no part`,
		"a;rm -rf":                              "no blanks",
		"$(id)":                                 "is no part",
		"ub\x00untu":                            "control characters",
		"ubuntu\n":                              "control characters",
		"\xff":                                  "UTF-8",
		strings.Repeat("a", maxReferenceName+1): "at most 255 characters",
		strings.Repeat("a", MaxImage+1):         "at most 1024 characters",
	} {
		if reason := wrongImage(image); !strings.Contains(reason, want) {
			t.Errorf("%q: %q, want %q", image, reason, want)
		}
	}
}

func FuzzImage(f *testing.F) {
	for _, seed := range []string{"ubuntu:24.04", "localhost:5000/a/b:c", "a@sha256:0", "[::1]:1/a", "::", "@", "/"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, image string) {
		if wrongImage(image) == "" && strings.ContainsAny(image, " \n\t'\"$;&|<>") {
			t.Errorf("%q is taken as an image", image)
		}
	})
}
