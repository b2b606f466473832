//go:build unix

package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/engine/all"
	"github.com/fairleadhq/fairlead/internal/sandbox"
	"github.com/fairleadhq/fairlead/internal/term"
)

// planted gathers every secret there is around a sandbox: the keys it made, and
// whatever tokens and temporary keys come to lie in AWS's own caches meanwhile.
type planted map[string]string // secret to what it is

func (p planted) fromFile(t *testing.T, file string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`"(accessToken|refreshToken|clientSecret|SecretAccessKey|SessionToken)": ?"([^"]{8,})"`).FindAllStringSubmatch(string(data), -1) {
		p[m[2]] = m[1] + " of " + filepath.Base(file)
	}
}

func (p planted) fromCaches(t *testing.T, home string) {
	t.Helper()
	for _, pattern := range []string{".aws/sso/cache/*.json", ".aws/cli/cache/*.json", ".aws/process.json"} {
		files, err := filepath.Glob(filepath.Join(home, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			p.fromFile(t, file)
		}
	}
}

// leaks names the secrets in data.
func (p planted) leaks(data []byte) []string {
	var found []string
	for secret, what := range p {
		if bytes.Contains(data, []byte(secret)) {
			found = append(found, what)
		}
	}
	return found
}

// search looks through the files of a folder, but for one below it.
func (p planted) search(t *testing.T, folder, except string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if err == nil && path == except {
				return filepath.SkipDir
			}
			return err
		}
		files++
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, what := range p.leaks(data) {
			t.Errorf("%s holds %s", path, what)
		}
		return nil
	})
	if err != nil || files == 0 {
		t.Errorf("%d files in %s, %v", files, folder, err)
	}
}

// TestNoSecretIsEverShown runs every kind of command, good and bad, and looks
// for secrets in all that was printed and in every file that is not AWS's own.
func TestNoSecretIsEverShown(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	logged := &process{t: t} // a buffer that is safe to write to from several goroutines
	srv, err := sandbox.Start(context.Background(), sandbox.Options{Rows: 100, SignedIn: true, AutoApprove: true, Home: t.TempDir(), Log: logged})
	if errors.Is(err, sandbox.ErrNoEngine) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	ready := srv.Ready()
	home := ready.Env["HOME"]
	const (
		passphrase = "a planted passphrase nobody must see"
		wrongKey   = "PlantedWrongSecretAccessKey0123456789abcd"
		inSQL      = "PlantedKeyInsideAStatement0123456789abcde"
		parameter  = "planted-parameter-value-0123456789"
	)
	secrets := planted{ready.SecretAccessKey: "the static secret access key", passphrase: "the passphrase", wrongKey: "a wrong secret", inSQL: "a key in a statement", parameter: "a secret parameter"}
	secrets.fromCaches(t, home)
	env := map[string]string{"FAIRLEAD_KEYRING": "file", "FAIRLEAD_PASSPHRASE": passphrase, "BROWSER": "none"}
	for name, value := range ready.Env {
		env[name] = value
	}
	config := filepath.Join(home, ".aws", "config")
	f, err := os.OpenFile(config, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("\n[profile wrong]\nregion = us-east-1\naws_access_key_id = " + ready.AccessKeyID + "\naws_secret_access_key = " + wrongKey +
		"\n[profile chatty]\nregion = us-east-1\ncredential_process = sh -c 'echo {\\\"SecretAccessKey\\\": \\\"" + wrongKey + "; echo " + wrongKey + " >&2'\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	var shown bytes.Buffer
	fairlead := func(in string, args ...string) {
		t.Helper()
		streams, out, errOut := term.Test(in)
		code := run(t.Context(), args, &room{streams: streams, env: func(n string) string { return env[n] }, workDir: home, specs: all.Specs()})
		secrets.fromCaches(t, home)
		all := append(out.Bytes(), errOut.Bytes()...)
		shown.Write(all)
		for _, what := range secrets.leaks(all) {
			t.Errorf("%s shows %s (exit %d)", strings.Join(args, " "), what, code)
		}
	}
	for _, args := range [][]string{
		{"profiles", "list"}, {"profiles", "list", "--json"}, {"profiles", "show", "static"}, {"profiles", "show", "static", "--json"}, {"profiles", "show", "wrong"}, {"profiles", "lint"},
		{"status"}, {"status", "--json"}, {"status", "--check"}, {"status", "dev", "--json"},
		{"credentials", "explain", "dev"}, {"credentials", "explain", "assumed", "--verify"}, {"credentials", "explain", "wrong", "--verify"}, {"credentials", "explain", "static", "--json"},
		{"credentials", "export", "--profile", "chatty"}, {"credentials", "export", "--profile", "nobody"},
		{"doctor", "sales"}, {"doctor", "wrong", "--json"}, {"doctor", "chatty"}, {"doctor", "static", "--json"},
		{"connections", "list", "--json"}, {"connections", "show", "sales", "--json"}, {"connections", "test", "sales"}, {"connections", "test", "nothing"},
		{"query", "sales", "select count(*) from orders", "--stats"}, {"query", "sales", "select nothing from nowhere"}, {"query", "sales", "select nothing", "--json-errors"},
		{"query", "warehouse", "select 1 as one"}, {"query", "warehouse", "select 1", "--transport", "data-api", "--stats"}, {"query", "shop", `select * from "shop" where pk = 'CUSTOMER#1'`, "--stats"},
		{"query", "athena://wrong@us-east-1/AwsDataCatalog/sales", "select 1"}, {"query", "athena://chatty@us-east-1", "select 1"}, {"query", "athena://wrong@us-east-1", "select 1", "--json-errors"},
		{"query", "warehouse", "copy t from 's3://b/k' access_key_id 'AKIAPLANTEDPLANTED00' secret_access_key '" + inSQL + "'"},
		{"query", "warehouse", "unload ('select 1') to 's3://b/k' credentials 'aws_access_key_id=AKIAPLANTEDPLANTED00;aws_secret_access_key=" + inSQL + "'"},
		{"query", "sales", "select :p as p", "--param", "p:secret=" + parameter, "-o", filepath.Join(home, "out.csv")},
		{"history"}, {"history", "--json"},
		{"login", "dev", "--method", "device"}, {"logout", "dev"}, {"query", "sales", "select 1"}, {"login", "dev", "--method", "device", "--json-errors"},
		{"schema", "sales", "--json"},
	} {
		fairlead("", args...)
	}
	fairlead(wrongKey+"\n", "auth", "add", "bad", "--source", "static", "--access-key-id", ready.AccessKeyID)
	fairlead(ready.SecretAccessKey+"\n", "auth", "add", "good", "--source", "static", "--access-key-id", ready.AccessKeyID, "--region", "us-east-1")
	for _, args := range [][]string{{"auth", "list", "--json"}, {"auth", "show", "good"}, {"auth", "show", "good", "--json"}, {"doctor", "good", "--json"}, {"credentials", "explain", "good"}, {"auth", "remove", "good"}} {
		fairlead("", args...)
	}
	// The one command whose purpose it is: what finds nothing there finds nothing anywhere.
	streams, out, _ := term.Test("")
	run(t.Context(), []string{"credentials", "export", "--profile", "static"}, &room{streams: streams, env: func(n string) string { return env[n] }, workDir: home, specs: all.Specs()})
	if len(secrets.leaks(out.Bytes())) == 0 {
		t.Error("the secret that credentials export prints was not found")
	}
	if shown.Len() < 10_000 {
		t.Errorf("only %d bytes were shown: the commands did not do their work", shown.Len())
	}
	// The sandbox's own log, and what it and we put into the folder for temporary files.
	for _, what := range secrets.leaks([]byte(logged.text())) {
		t.Errorf("the sandbox's log shows %s", what)
	}
	if strings.Count(logged.text(), "\n") < 50 {
		t.Errorf("the sandbox logged only %q", logged.text())
	}
	delete(secrets, parameter)                           // the query's own output file holds what was asked for
	secrets.search(t, home, filepath.Join(home, ".aws")) // AWS's own, where these secrets live
	secrets.search(t, temporary, filepath.Join(home, ".aws"))
	history, err := os.ReadFile(filepath.Join(env["FAIRLEAD_HOME"], "state", "history.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(history), parameter) {
		t.Error("the history holds a secret parameter")
	}
	if !json.Valid(bytes.SplitN(history, []byte("\n"), 2)[0]) || len(secrets) < 8 {
		t.Errorf("the history is empty, or only %d secrets were looked for", len(secrets))
	}
}
