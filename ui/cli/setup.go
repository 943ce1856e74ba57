package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// setupFlags says where to install things.
type setupFlags struct {
	prefix  string
	staging string // prefix of every path
	remove  bool
}

func setupCommand(p *program) *cobra.Command {
	var f setupFlags
	c := &cobra.Command{
		Use: "setup", Short: "install berth for all users of the machine (as root)", Args: exactly(),
		Long: "setup makes the state folder that all users of the group docker share, and installs the program, its man pages,\n" +
			"completions and the systemd service that keeps the machine while nobody looks. It says what it does, and\n" +
			"done twice it changes nothing. --remove takes away what it installed; instances and state stay.",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			i := newInstaller(c.OutOrStdout(), f.staging)
			if f.remove {
				return uninstall(p, c, i, f)
			}
			return install(p, c, i, f)
		},
	}
	c.Flags().StringVar(&f.prefix, "prefix", "/usr/local", "the `folder` below which program, man pages and completions go")
	c.Flags().StringVar(&f.staging, "destdir", "", "a `folder` to put in front of every path: for packages, without root and without starting anything")
	c.Flags().BoolVar(&f.remove, "remove", false, "remove what setup installed")
	return c
}

func (f setupFlags) check() error {
	for flag, folder := range map[string]string{"prefix": f.prefix, "destdir": f.staging} {
		if folder != "" && !filepath.IsAbs(folder) || flag == "prefix" && folder == "" {
			return usagef("--%s %q: want a folder's path that begins with /", flag, folder)
		}
	}
	if f.staging == "" && os.Geteuid() != 0 {
		return errors.New("setup writes for all users of the machine, which root alone may: sudo berth setup")
	}
	return nil
}

// install installs everything that is missing or out of date.
func install(p *program, c *cobra.Command, i *installer, f setupFlags) error {
	if err := i.sharedFolder(p.Shared); err != nil {
		return err
	}
	if i.packaged() {
		i.say("unchanged the program, its pages and its service: a package installed them")
		return i.startService(false)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	program, err := os.ReadFile(self)
	if err != nil {
		return err
	}
	replaced, err := i.file(f.program(), program, 0o755)
	if err != nil {
		return err
	}
	files, err := p.shared(c, f.prefix)
	if err != nil {
		return err
	}
	if err := i.files(files); err != nil {
		return err
	}
	changed, err := i.file(f.unit(), []byte(unit(f.program(), p.Shared)), 0o644)
	if err != nil {
		return err
	}
	return i.startService(replaced || changed)
}

// uninstall removes what install wrote.
func uninstall(p *program, c *cobra.Command, i *installer, f setupFlags) error {
	if i.packaged() {
		return errors.New("a package installed berth here, and its tool removes it: apt-get remove berth")
	}
	files, err := p.shared(c, f.prefix)
	if err != nil {
		return err
	}
	if err := i.stopService(); err != nil {
		return err
	}
	i.openHost()
	paths := []string{f.unit(), f.program()}
	for _, one := range files {
		paths = append(paths, one.path)
	}
	if err := i.gone(paths); err != nil {
		return err
	}
	i.say("kept %s: the ledger is there, and instances run on; rm -r it when none is left", i.path(p.Shared))
	return nil
}

func (f setupFlags) program() string { return filepath.Join(f.prefix, "bin", "berth") }

// unit returns the path of the service's unit. Below /usr is where packages put units; otherwise it is the
// administrator's folder.
func (f setupFlags) unit() string {
	if filepath.Clean(f.prefix) == "/usr" {
		return packagedUnit
	}
	return ownUnit
}

// A sharedFile is a file that other programs look for in a fixed place.
type sharedFile struct {
	path    string
	content []byte
}

// shared returns the man pages and completions.
func (p *program) shared(c *cobra.Command, prefix string) ([]sharedFile, error) {
	var files []sharedFile
	for _, of := range available(c.Root()) {
		var b bytes.Buffer
		if err := p.page(of, &b); err != nil {
			return nil, err
		}
		files = append(files, sharedFile{filepath.Join(prefix, "share/man/man1", pageName(of)), b.Bytes()})
	}
	for _, s := range shells {
		var b bytes.Buffer
		if err := s.write(c.Root(), &b); err != nil {
			return nil, err
		}
		files = append(files, sharedFile{filepath.Join(prefix, s.folder, s.file), b.Bytes()})
	}
	return files, nil
}

// Systemd reads both; if both exist, the administrator's overrides the package's.
const (
	ownUnit      = "/etc/systemd/system/" + service
	packagedUnit = "/usr/lib/systemd/system/" + service
)

// unit returns the systemd unit of the service that keeps the machine. systemd restarts it however often it ends. Its
// umask lets the group of the state folder write the files that it makes. A process that controls the engine controls
// the machine anyway, so the sandbox options limit mistakes rather than attackers. The unit says why each permission is
// needed.
func unit(program, state string) string {
	return fmt.Sprintf(`[Unit]
Description=berth, keeper of this machine's GPU instances
Documentation=man:berth(1)
Wants=docker.service
After=docker.service nvidia-persistenced.service
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=%s serve --home %s
UMask=0007
Restart=always
RestartSec=1
# Its sockets are systemd's to hold from one process to the next: nobody else can listen there meanwhile.
NotifyAccess=main
FileDescriptorStoreMax=16

# Holes, and why. Root: the engine's socket, and folders that are root's (GPU specs, stopped containers' files).
# SYS_PTRACE: /proc/PID/root and environ of instances. DAC, CHOWN, FOWNER, FSETID: files of a container's users, the
# state folder's group. KILL: a keeper that hangs. MKNOD: NVML makes its device nodes where nobody has yet. SETUID and
# SETGID: a user's templates are read and written as that user. NET_ADMIN: the firewall between instances and this
# machine. Devices and /proc: GPUs, and who uses them. Network: the API.
CapabilityBoundingSet=CAP_SYS_PTRACE CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_CHOWN CAP_FOWNER CAP_FSETID CAP_KILL CAP_MKNOD CAP_SETUID CAP_SETGID CAP_NET_ADMIN
SystemCallFilter=@system-service
SystemCallFilter=~@clock @module @mount @obsolete @raw-io @reboot @swap @cpu-emulation
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
# Homes are read and written, for their users' templates, /tmp too, for copies; /etc is written, for GPU specs.
ProtectSystem=yes
NoNewPrivileges=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
KeyringMode=private

[Install]
WantedBy=multi-user.target
`, program, state)
}
