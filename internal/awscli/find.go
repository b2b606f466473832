package awscli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrNone: there is no AWS CLI v2 here and this machine has no apt-get to
// fetch Debian's with.
var ErrNone = errors.New("there is no AWS CLI v2 on PATH, and no apt-get and dpkg to unpack Debian's awscli with")

// fetch downloads Debian's awscli with what it needs of Python, and unpacks it
// into $1. Nothing is installed.
const fetch = `set -e; cd "$1"
apt-get download -q awscli $(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances awscli | grep -E '^python3-' | sort -u) >&2
for f in *.deb; do dpkg -x "$f" .; done; rm -f *.deb`

// wrapper runs the unpacked CLI with the system's Python, from wherever it lies.
const wrapper = `#!/bin/sh
root=$(cd "$(dirname "$0")/.." && pwd)
PYTHONPATH="$root/usr/lib/python3/dist-packages" exec /usr/bin/python3 "$root/usr/bin/aws" "$@"
`

// Find returns the path of an AWS CLI v2 called aws: that of PATH, or Debian's
// unpacked into folder, where the next call finds it again. ErrNone means that
// neither can be had here; any other error that the fetching failed.
func Find(ctx context.Context, folder string) (string, error) {
	if path, err := exec.LookPath("aws"); err == nil && isV2(ctx, path) {
		return path, nil
	}
	path := filepath.Join(folder, "bin", "aws")
	if isV2(ctx, path) {
		return path, nil
	}
	for _, tool := range []string{"apt-get", "apt-cache", "dpkg"} {
		if _, err := exec.LookPath(tool); err != nil {
			return "", ErrNone
		}
	}
	return path, unpack(ctx, folder)
}

func isV2(ctx context.Context, path string) bool {
	out, err := exec.CommandContext(ctx, path, "--version").CombinedOutput()
	return err == nil && strings.HasPrefix(string(out), "aws-cli/2")
}

// unpack fetches into a folder beside the wanted one and renames it, so that
// half of a download is never taken for the whole.
func unpack(ctx context.Context, folder string) error {
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(filepath.Dir(folder), "awscli-*.part")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if out, err := exec.CommandContext(ctx, "sh", "-c", fetch, "sh", work).CombinedOutput(); err != nil {
		return fmt.Errorf("fetching Debian's awscli: %w\n%s", err, out)
	}
	if err := os.Mkdir(filepath.Join(work, "bin"), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(work, "bin", "aws"), []byte(wrapper), 0o755); err != nil {
		return err
	}
	if !isV2(ctx, filepath.Join(work, "bin", "aws")) {
		return errors.New("the awscli of Debian was unpacked and does not run with /usr/bin/python3; is it a version 1?")
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	return os.Rename(work, folder)
}
