package form

import "berth/model"

// Submitted asks for a launch. The form stays as it is until its owner closes it or hands it back the
// refusal with WithFailure.
type Submitted struct {
	Order model.Order
	// AddKeys are SSH public key lines, at hand or pasted, to put into the account before the launch: an instance has
	// the keys of its launch.
	AddKeys []string
}

// Cancelled says that the user left without a launch.
type Cancelled struct{}

// SaveTemplate asks for a template to be written, in place of the user's own one of that name if there is one.
type SaveTemplate struct{ Template model.Template }

// DeleteTemplate asks for a template's file to be deleted.
type DeleteTemplate struct{ Name string }

// Use asks for a launch form that starts from this template.
type Use struct{ Template model.Template }

// Copy asks for a text to be put on the user's clipboard.
type Copy struct{ Text string }
