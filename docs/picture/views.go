package main

import (
	"fmt"
	"time"

	"berth/ui/uitest"
)

// width is the width of every picture, in cells.
const width = 120

// A view is one picture: the terminal's height, and the keys that lead to it from the previous view.
type view struct {
	file, title string
	height      int
	keys        []press
}

// A press is keys to type, and a text that the screen shows after handling them.
type press struct{ keys, shows string }

// Keys, named after what they do here.
const (
	disk      = "\x1b5" // alt and a step's number
	options   = "\x1b4"
	onlyTrain = "/llama" + uitest.Enter
	onlyFiles = "/tokenize" + uitest.Enter
	pytorch   = "/pytorch" + uitest.Enter // chooses the template by its name
)

var views = []view{
	{"screen.svg", "berth's main screen: eight GPUs with the last minutes of each, the instances, and below what is selected", 40, []press{
		{"", "nightly"},
		{onlyTrain, "1 shown"}, {uitest.Escape, "nightly"}, // the selection stays on the found instance
		{"", "tokens/s"},
	}},
	{"ports.svg", "IP Port Info: where each port of an instance is reached", 32, []press{
		{onlyFiles, "1 shown"}, {uitest.Escape, "nightly"},
		{"p", "-> 22/tcp"},
	}},
	{"form.svg", "the launch form: the options step, and beside it what the order gets", 29, []press{
		{uitest.Escape, "INSTANCES"},
		{"n", "New instance"}, {pytorch, "● pytorch"}, {uitest.Enter, "Choose"}, {"1", "1× H100"},
		{disk, "number of GB"}, {uitest.CtrlU + "15", "15.0G"},
		{options, "Host name"},
	}},
}

// open types a view's keys and waits for new sensor readings.
func (v view) open(t *uitest.Terminal) error {
	if err := t.Resize(width, v.height); err != nil {
		return err
	}
	if err := typed(t, v.keys); err != nil {
		return err
	}
	const reading = 2 * time.Second
	time.Sleep(reading)
	return nil
}

// typed types keys, and waits after each until the screen has handled it.
func typed(t *uitest.Terminal, keys []press) error {
	const settle = 100 * time.Millisecond
	for _, p := range keys {
		if err := p.typed(t); err != nil {
			return err
		}
		time.Sleep(settle)
	}
	return nil
}

// typed types the keys and waits until the screen has handled them.
func (p press) typed(t *uitest.Terminal) error {
	const wait = 15 * time.Second
	if err := t.Type(p.keys); err != nil {
		return err
	}
	if !t.Shows(p.shows, wait) {
		return fmt.Errorf("after %q the screen never showed %q but\n%s", p.keys, p.shows, t.Text())
	}
	return nil
}
