// Package form is the launch form: a rail of steps, the fields of one step, and beside them what the order
// would get, worked out anew at each key. The template list lives here too: a template is an order saved
// under a name, edited by the same steps.
//
// A Form is a value. Update returns the next one and View draws it; neither asks anything of the outside:
// what a form needs to know comes in with Inputs and WithCapacity, what it wants done goes out as a message
// (Submitted, SaveTemplate, Copy, …). The one exception is the on-start script's editor, which is a command.
//
// Keys go to the field in focus first. What it doesn't take moves the form: so the digits that jump between
// steps never get in the way of typing.
package form
