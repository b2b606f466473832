package app

import (
	"bufio"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/fairleadhq/fairlead/internal/awsfile"
)

// Exposure is a secret that more can read than need to. It never holds the
// secret itself.
type Exposure struct {
	Where  string // file, file:line or variable
	What   string // one sentence
	Remedy string
}

// mostHistory bounds what is read of a shell's history.
const mostHistory = 32 << 20

// Exposures looks for secrets that lie open: files of AWS's and of ours that
// others may read, keys in shell histories and in files beside the work,
// long-term keys in the clear. It reads and changes nothing else.
func (a *App) Exposures() []Exposure {
	var found []Exposure
	found = append(found, a.openFiles()...)
	found = append(found, a.plainKeys()...)
	found = append(found, a.keysInTexts()...)
	if a.o.Env("AWS_SECRET_ACCESS_KEY") != "" {
		found = append(found, Exposure{"AWS_SECRET_ACCESS_KEY", "A secret access key is in the environment, which every program you start can read.",
			"keep it in the keyring instead: fairlead auth add NAME --source static; then: unset AWS_SECRET_ACCESS_KEY"})
	}
	return found
}

// openFiles lists private files that others may read. Windows has no such bits.
func (a *App) openFiles() []Exposure {
	if runtime.GOOS == "windows" {
		return nil
	}
	var found []Exposure
	look := func(path, what string) {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm()&0o077 == 0 {
			return
		}
		mode := "600"
		if info.IsDir() {
			mode = "700"
		}
		found = append(found, Exposure{path, fmt.Sprintf("%s can be read by others (%s).", what, info.Mode().Perm()), "chmod " + mode + " " + path})
	}
	home := awsfile.Home(a.o.Env)
	if files, err := a.files(); err == nil {
		look(files.CredentialsPath, "The AWS credentials file")
	}
	for _, dir := range []string{filepath.Join(home, ".aws", "sso", "cache"), filepath.Join(home, ".aws", "cli", "cache"), filepath.Join(home, ".aws", "login", "cache")} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if filepath.Ext(e.Name()) == ".json" {
				look(filepath.Join(dir, e.Name()), "A cached AWS token")
			}
		}
	}
	dirs, err := a.dirs()
	if err != nil {
		return found
	}
	look(filepath.Join(dirs.Config, "secrets.age"), "The encrypted secret file")
	look(dirs.State, "The folder of the history")
	look(filepath.Join(dirs.Cache, "results"), "The folder of kept results")
	return found
}

// plainKeys lists long-term keys that stand in an AWS file in the clear.
func (a *App) plainKeys() []Exposure {
	files, err := a.files()
	if err != nil {
		return nil
	}
	var found []Exposure
	for _, p := range files.Profiles() {
		id, ok := p.Get("aws_access_key_id")
		if !ok || len(id.Text) < 4 || id.Text[:4] != "AKIA" {
			continue
		}
		found = append(found, Exposure{fmt.Sprintf("%s:%d", id.File, id.Line),
			fmt.Sprintf("Profile %q has a long-term access key (…%s) in the clear.", p.Name, id.Text[len(id.Text)-4:]),
			"use SSO (fairlead profiles add), or keep the key in the keyring: fairlead auth add " + p.Name + " --source static"})
	}
	return found
}

// keysInTexts searches shell histories, and files of settings in the working
// folder, for what looks like an AWS secret.
func (a *App) keysInTexts() []Exposure {
	home := awsfile.Home(a.o.Env)
	texts := []string{".bash_history", ".zsh_history", ".zhistory", ".sh_history", ".history", ".python_history", ".node_repl_history",
		".local/share/fish/fish_history", ".psql_history", ".config/powershell/PSReadLine/ConsoleHost_history.txt"}
	var paths []string
	for _, name := range texts {
		paths = append(paths, filepath.Join(home, filepath.FromSlash(name)))
	}
	if file := a.o.Env("HISTFILE"); file != "" {
		paths = append(paths, file)
	}
	if a.o.WorkDir != "" {
		for _, name := range []string{".env", ".env.local", ".envrc"} {
			paths = append(paths, filepath.Join(a.o.WorkDir, name))
		}
	}
	var found []Exposure
	seen := map[string]bool{}
	for _, path := range paths {
		if seen[path] {
			continue
		}
		seen[path] = true
		if line, count := keyLines(path); count > 0 {
			more := ""
			if count > 1 {
				more = fmt.Sprintf(", and in %d more lines", count-1)
			}
			found = append(found, Exposure{fmt.Sprintf("%s:%d", path, line), "What looks like an AWS secret or session token stands here" + more + ".",
				"make the key inactive and replace it, then delete the line"})
		}
	}
	return found
}

// keyLines tells the first line of a file that holds a secret, and how many do.
func keyLines(path string) (first, count int) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return 0, 0
	}
	f, err := os.Open(path)
	if err != nil {
		return 0, 0
	}
	defer f.Close()
	lines := bufio.NewScanner(&limitedFile{f, mostHistory})
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if !holdsSecret(lines.Bytes()) {
			continue
		}
		if count == 0 {
			first = n
		}
		count++
	}
	return first, count
}

// limitedFile reads at most so many bytes of a file.
type limitedFile struct {
	file fs.File
	left int64
}

func (l *limitedFile) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fs.ErrClosed
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.file.Read(p)
	l.left -= int64(n)
	return n, err
}

// secretLength is a secret access key's; a session token is far longer.
const secretLength = 40

// holdsSecret reports whether a line gives a secret access key or session token
// a value: the name of one, and behind it what is long enough to be one.
func holdsSecret(line []byte) bool {
	lower := bytes.ToLower(line)
	for _, name := range [][]byte{[]byte("aws_secret_access_key"), []byte("secret_access_key"), []byte("secretaccesskey"), []byte("aws_session_token"), []byte("secret-access-key")} {
		for at := 0; ; {
			i := bytes.Index(lower[at:], name)
			if i < 0 {
				break
			}
			at += i + len(name)
			if longRun(line[at:]) >= secretLength {
				return true
			}
		}
	}
	return false
}

// longRun is the length of the first run of base64 letters behind signs and
// blanks.
func longRun(b []byte) int {
	i := 0
	for i < len(b) && bytes.IndexByte([]byte(" \t=:'\",\\"), b[i]) >= 0 {
		i++
	}
	n := 0
	for ; i+n < len(b); n++ {
		c := b[i+n]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '=') {
			break
		}
	}
	return n
}
