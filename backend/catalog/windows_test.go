package catalog

import (
	"os"
	"path/filepath"
	"testing"
)

// Regression: the script of an order file saved on Windows wrote to "/etc/environment\r".
func TestAnOrderFileSavedOnWindowsIsRead(t *testing.T) {
	const text = "image = \"ubuntu\"\r\nmode = \"ssh\"\r\nonstart = '''\r\nif true; then\r\n  env >> /etc/environment\r\nfi\r\n'''\r\n"
	wide := []byte{0xff, 0xfe}
	for _, b := range []byte(text) {
		wide = append(wide, b, 0)
	}
	for name, content := range map[string][]byte{"line ends": []byte(text), "a byte order mark": []byte("\xef\xbb\xbf" + text), "UTF-16": wide} {
		path := filepath.Join(t.TempDir(), "order.toml")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := ReadOrder(path)
		if want := "if true; then\n  env >> /etc/environment\nfi\n"; err != nil || o.OnStart != want || o.Image != "ubuntu" {
			t.Errorf("%s: %q, %v", name, o.OnStart, err)
		}
	}
}
