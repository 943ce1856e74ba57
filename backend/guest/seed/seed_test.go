package seed

import (
	"os"
	"path/filepath"
	"testing"
)

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestADiskIsFilledOnce(t *testing.T) {
	image, disk := t.TempDir(), t.TempDir()
	write(t, image+"/root/bin/run", "program", 0o751)
	if err := os.Symlink("bin/run", image+"/root/go"); err != nil {
		t.Fatal(err)
	}
	write(t, disk+"/root/half", "of a try that was broken off", 0o600)
	pairs := []string{image + "/root=root", image + "/workspace=data"}
	if err := Fill(disk, pairs); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(disk + "/root/go") // through the link
	if err != nil || string(text) != "program" {
		t.Errorf("the copy has %q, %v", text, err)
	}
	info, err := os.Stat(disk + "/root/bin/run")
	if err != nil || info.Mode().Perm() != 0o751 {
		t.Errorf("its mode is %v, %v, want 0751", info, err)
	}
	if info, err := os.Stat(disk + "/data"); err != nil || !info.IsDir() {
		t.Errorf("a folder that the image hasn't: %v, want an empty one", err)
	}
	if _, err := os.Stat(disk + "/root/half"); err == nil {
		t.Error("what an earlier try left is still there")
	}

	write(t, disk+"/data/mine", "text", 0o600)
	if err := os.RemoveAll(disk + "/root/go"); err != nil {
		t.Fatal(err)
	}
	if err := Fill(disk, pairs); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(disk + "/root/go"); err == nil {
		t.Error("what the user removed has come back")
	}
	if _, err := os.Stat(disk + "/data/mine"); err != nil {
		t.Errorf("what the user wrote: %v", err)
	}
}

func TestACopyStaysOnTheDisk(t *testing.T) {
	if err := Fill(t.TempDir(), []string{"/etc=../etc"}); err == nil {
		t.Error("a name that leads out of the disk was taken")
	}
}
