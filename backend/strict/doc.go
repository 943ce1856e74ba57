// Package strict reads TOML files that people write. An unknown key or a value of the wrong type is a Mistake, which
// names the file, the line, the key, and the most similar key that exists. All mistakes of a file are returned at once.
//
//	d, err := strict.Reader{File: path}.Decode(text, &into)
//
// The caller checks values beyond their type, and reports mistakes there with Fault.
package strict
