package model

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// A Notify is how one user wants to be told of news: by a command of theirs, or by a webhook. The zero one is not at all.
type Notify struct {
	Command string     `toml:"command" json:"command,omitempty"` // for /bin/sh, with the news in its environment and as JSON on standard input
	URL     string     `toml:"url" json:"url,omitempty"`
	Form    NotifyForm `toml:"form" json:"form,omitempty"`     // what the webhook takes; empty: by its address
	Events  []NewsKind `toml:"events" json:"events,omitempty"` // empty: all
}

// A NotifyForm is what a webhook takes.
type NotifyForm string

// What webhooks take.
const (
	NotifyNtfy    NotifyForm = "ntfy"
	NotifySlack   NotifyForm = "slack"
	NotifyDiscord NotifyForm = "discord"
	NotifyJSON    NotifyForm = "json"
)

// NotifyForms are all of them.
var NotifyForms = []NotifyForm{NotifyNtfy, NotifySlack, NotifyDiscord, NotifyJSON}

// A NewsKind is a kind of news.
type NewsKind string

// The kinds of news.
const (
	NewsReady  NewsKind = "ready"
	NewsFailed NewsKind = "failed"
	NewsExited NewsKind = "exited"
	NewsMemory NewsKind = "memory" // it ended because memory ran out
	NewsIdle   NewsKind = "idle"
	NewsTime   NewsKind = "time"
	NewsQueue  NewsKind = "queue"
	NewsGPU    NewsKind = "gpu" // one of its GPUs is in trouble
	NewsTest   NewsKind = "test"
)

// NewsKinds are those that a user can choose among.
var NewsKinds = []NewsKind{NewsReady, NewsFailed, NewsExited, NewsMemory, NewsIdle, NewsTime, NewsQueue, NewsGPU}

// News is something that an instance's owner may want to know at once.
type News struct {
	Kind     NewsKind   `json:"kind"`
	Instance InstanceID `json:"id"`
	Label    string     `json:"label,omitempty"`
	Owner    string     `json:"owner"`
	Text     string     `json:"text"`
}

// Title names the instance and what is new.
func (n News) Title() string {
	if n.Instance == 0 {
		return "berth: " + string(n.Kind)
	}
	return fmt.Sprintf("%s: %s", Called(Instance{ID: n.Instance, Label: n.Label}), n.Kind)
}

// Check says what is wrong with a user's wish to be told.
func (n Notify) Check() error {
	u, err := url.Parse(n.URL)
	switch {
	case n.Command == "" && n.URL == "":
		return Fault{Field: "url", Reason: "is missing, and so is command: say where news go"}
	case n.Command != "" && n.URL != "":
		return Fault{Field: "url", Value: n.URL, Reason: "give a command or a webhook, not both"}
	case n.URL != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http"):
		return Fault{Field: "url", Value: n.URL, Reason: "want an address that begins with https:// or http://"}
	case n.Form != "" && !slices.Contains(NotifyForms, n.Form):
		return Fault{Field: "form", Value: string(n.Form), Reason: "want ntfy, slack, discord or json"}
	}
	for _, kind := range n.Events {
		if !slices.Contains(NewsKinds, kind) {
			return Fault{Field: "events", Value: string(kind), Reason: "want some of ready, failed, exited, memory, idle, time, queue and gpu"}
		}
	}
	return nil
}

// Wants reports whether the user wants to be told of a kind of news.
func (n Notify) Wants(kind NewsKind) bool {
	return kind == NewsTest || len(n.Events) == 0 || slices.Contains(n.Events, kind)
}

// form is what the webhook takes: as it says, or by its address.
func (n Notify) form() NotifyForm {
	u, err := url.Parse(n.URL)
	switch {
	case n.Form != "" || err != nil:
		return n.Form
	case u.Hostname() == "hooks.slack.com":
		return NotifySlack
	case strings.HasSuffix(u.Hostname(), "discord.com") && strings.HasPrefix(u.Path, "/api/webhooks"):
		return NotifyDiscord
	case strings.HasPrefix(u.Hostname(), "ntfy."):
		return NotifyNtfy
	}
	return NotifyJSON
}

// Body is the news as the webhook takes them, with the headers that go with it.
func (n Notify) Body(news News) (body []byte, headers map[string]string) {
	asJSON := map[string]string{"Content-Type": "application/json"}
	switch n.form() {
	case NotifyNtfy:
		return []byte(news.Text), map[string]string{"Title": headerText(news.Title()), "Tags": string(news.Kind)}
	case NotifySlack:
		body, _ = json.Marshal(map[string]string{"text": news.Title() + ": " + news.Text}) // of strings, it can't fail
		return body, asJSON
	case NotifyDiscord:
		body, _ = json.Marshal(map[string]any{"content": news.Title() + ": " + news.Text, "allowed_mentions": map[string]any{"parse": []string{}}})
		return body, asJSON
	default:
		body, _ = json.Marshal(news)
		return body, asJSON
	}
}

// headerText is a text that a header can carry.
func headerText(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
}

// NewsOf is what is new of an instance since it was last seen.
func NewsOf(was, is Instance) []News {
	var all []News
	add := func(kind NewsKind, text string) {
		all = append(all, News{Kind: kind, Instance: is.ID, Label: is.Label, Owner: is.Owner, Text: text})
	}
	if was.Phase != is.Phase {
		switch is.Phase {
		case PhaseRunning:
			add(NewsReady, is.Status()+": "+is.Message)
		case PhaseFailed, PhaseLost:
			add(NewsFailed, is.Message)
		case PhaseExited:
			kind := NewsExited
			if strings.Contains(is.Message, "out of memory") {
				kind = NewsMemory
			}
			add(kind, is.Status()+": "+is.Message)
		case PhaseStopped:
			if is.Plan.Stopped != "" {
				add(NewsTime, is.Message)
			}
		case PhaseCreating, PhaseLoading, PhaseStarting, PhaseConnecting, PhaseStopping, PhaseScheduling, PhaseRebooting,
			PhaseRecycling, PhaseDestroying:
		}
	}
	if w := is.Plan.Time; w.Warned != 0 && w.Warned != was.Plan.Time.Warned {
		add(NewsTime, w.Words(w.WarnedAt))
	}
	if told := is.Plan.Idle.Told; !told.IsZero() && !told.Equal(was.Plan.Idle.Told) {
		add(NewsIdle, is.Plan.Idle.Words(told))
	}
	if is.InLine.Number > 0 && was.InLine.Number != is.InLine.Number {
		add(NewsQueue, is.InLine.Words(is.Plan.GPUModel))
	}
	return all
}
