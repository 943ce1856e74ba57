// Package form is the launch form: a rail of steps, the fields of one step, and beside them what the order would get,
// computed again after each key. The list of templates is here too: a template is an order with a name, edited by the
// same steps. Begin with Form and step.
//
// A Form is a value. Update returns the next one and View draws it; neither does I/O. What a form needs to know comes
// in through Inputs and WithCapacity. What it wants done goes out as a message (Submitted, SaveTemplate, Copy, …). The
// one exception is the on-start script's editor, which is a tea.Cmd.
//
// Keys go to the focused field first. A key that the field doesn't handle moves the form. So the digits that jump
// between steps don't interfere with typing.
package form
