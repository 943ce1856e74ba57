// Package snapshot makes images of instances: the environment that took a day to build, for the next launch and for
// colleagues, without anything that is its owner's alone.
//
// The engine's own commit can't do that: it keeps the container's variables and labels in the image's configuration, and
// what berth put into the container in a layer that nothing can be taken out of. So the files are read as one stream,
// filtered (filter.go), and imported as an image of one layer, whose configuration is that of the image that the instance
// was made from. It shares no layer with that image; that is the price.
//
// The instance's root can write anything into its files. Nothing of them is believed or run: they are only copied from one
// image to another.
package snapshot
