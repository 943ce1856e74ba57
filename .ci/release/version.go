package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A source is the commit that is released.
type source struct {
	version string // from `git describe`: a tag such as v1.2.0, a tag with the commits after it, or only a commit
	commit  string
	at      time.Time // the commit time: used as the time of every file that is made
}

// describe reads the commit from the repository in a folder.
func describe(ctx context.Context, dir string) (source, error) {
	version, err := output(ctx, dir, "git", "describe", "--tags", "--always", "--dirty")
	if err != nil {
		return source{}, err
	}
	commit, err := output(ctx, dir, "git", "rev-parse", "HEAD")
	if err != nil {
		return source{}, err
	}
	stamp, err := output(ctx, dir, "git", "log", "-1", "--format=%ct")
	if err != nil {
		return source{}, err
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return source{}, fmt.Errorf("the time of %s: %w", commit, err)
	}
	return source{version, commit, time.Unix(seconds, 0).UTC()}, nil
}

var (
	tagged  = regexp.MustCompile(`^v?([0-9][0-9A-Za-z.]*)(?:-(rc[0-9.]*|alpha[0-9.]*|beta[0-9.]*))?$`)
	between = regexp.MustCompile(`^(.*)-([0-9]+)-g([0-9a-f]+)$`)
)

// debian returns the version in the form that dpkg sorts correctly: a candidate before its release, commits after a tag
// after that tag, and a commit without any tag before all tagged ones, by its time.
func (s source) debian() string {
	version, dirty := strings.CutSuffix(s.version, "-dirty")
	after := ""
	if m := between.FindStringSubmatch(version); m != nil {
		version, after = m[1], "+"+m[2]+"."+m[3]
	}
	if dirty {
		after += "+dirty"
	}
	if m := tagged.FindStringSubmatch(version); m != nil && strings.Contains(m[1], ".") {
		if m[2] != "" {
			m[1] += "~" + m[2]
		}
		return m[1] + after
	}
	return "0~" + s.at.Format("20060102150405") + "." + version + after
}
