package form

import "berth/model"

// Submitted asks for a launch. The form stays open until its owner closes it, or passes it the error with WithFailure.
type Submitted struct {
	Order model.Order
	// AddKeys are SSH public key lines, found or pasted, to be put into the account before the launch, because an
	// instance gets the keys that the account has at its launch.
	AddKeys []string
}

// Cancelled says that the user left the form without a launch.
type Cancelled struct{}

// SaveTemplate asks to write a template. It replaces the user's own template of that name, if there is one.
type SaveTemplate struct{ Template model.Template }

// DeleteTemplate asks to delete a template's file.
type DeleteTemplate struct{ Name string }

// Use asks for a launch form that begins with this template.
type Use struct{ Template model.Template }

// Copy asks to put a text on the user's clipboard.
type Copy struct{ Text string }
