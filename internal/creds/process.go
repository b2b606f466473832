package creds

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/sso"
)

const (
	defaultProcessTimeout = 2 * time.Minute
	// killGrace is how long after the kill a grandchild may hold the pipes.
	killGrace = 2 * time.Second
	// maxProcessOutput bounds stdout, stderrTail what an error shows of stderr.
	maxProcessOutput = 256 << 10
	stderrTail       = 2 << 10
	// resolvingEnv carries the profiles whose credential_process is running, so
	// that a Fairlead called as credential_process notices its own circle.
	resolvingEnv = "FAIRLEAD_RESOLVING"
)

func (b *builder) process(p *awsfile.Profile) (*Cache, error) {
	if p == nil {
		return nil, nil
	}
	command, ok := p.Get("credential_process")
	if !ok {
		return nil, nil
	}
	argv, err := awsfile.SplitCommand(command.Text)
	if err == nil && len(argv) == 0 {
		err = errors.New("the command is empty")
	}
	if err != nil {
		return nil, failed(b.chain.Name, hopError(p, "credential_process", fmt.Errorf("%s: %w", at(command), err))).WithRemedy("correct the command line")
	}
	running := strings.Split(b.r.env(resolvingEnv), ",")
	if slices.Contains(running, url.QueryEscape(p.Name)) {
		return nil, failed(b.chain.Name, hopError(p, "credential_process", fmt.Errorf("%s: the command asks for the very profile that it shall give credentials to", at(command)))).
			WithRemedy("let the command name another profile")
	}
	l := &processLink{
		name: b.chain.Name, profile: p, argv: argv, limit: b.r.processTimeout, where: at(command),
		env: append(os.Environ(), resolvingEnv+"="+strings.Trim(strings.Join(append(running, url.QueryEscape(p.Name)), ","), ",")),
	}
	// Arguments may hold secrets: only the program is shown.
	b.hop(Hop{Kind: HopProcess, Profile: p.Name, Detail: "program " + argv[0], Origin: at(command)}, p.Text("aws_account_id"))
	return newCache(b.chain.Name, l), nil
}

// processLink runs a program that prints credentials as JSON: no shell, no
// stdin, a process group of its own, a time limit, and bounded output.
type processLink struct {
	name    string
	profile *awsfile.Profile
	argv    []string
	env     []string
	limit   time.Duration
	where   string
}

func (l *processLink) renews() bool { return true }

func (l *processLink) fetch(ctx context.Context, _ bool) (aws.Credentials, error) {
	limited, cancel := context.WithTimeout(ctx, l.limit)
	defer cancel()
	cmd := exec.CommandContext(limited, l.argv[0], l.argv[1:]...)
	cmd.Env = l.env
	stdout, stderr := &head{limit: maxProcessOutput, full: cancel}, &tail{limit: stderrTail}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	ownGroup(cmd)
	cmd.WaitDelay = killGrace
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return aws.Credentials{}, ctx.Err()
	case stdout.over:
		return aws.Credentials{}, l.failed(fmt.Errorf("it prints more than %d kB", maxProcessOutput>>10))
	case limited.Err() != nil:
		return aws.Credentials{}, l.failed(fmt.Errorf("it did not end within %v%s", l.limit, stderr.said()))
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return aws.Credentials{}, l.failed(fmt.Errorf("%w%s", err, stderr.said()))
	}
	got, err := parseProcess(stdout.data.Bytes())
	if err != nil {
		return aws.Credentials{}, l.failed(fmt.Errorf("%w%s", err, stderr.said()))
	}
	if got.AccountID == "" {
		got.AccountID = l.profile.Text("aws_account_id")
	}
	return got, nil
}

func (l *processLink) failed(why error) error {
	return failed(l.name, fmt.Errorf("credential_process of profile %q (%s, program %s): %w", l.profile.Name, l.where, l.argv[0], why)).
		WithRemedy("run the program by hand to see what is wrong with it")
}

// parseProcess reads what the program printed. Its errors never quote it: it
// may hold secrets.
func parseProcess(out []byte) (aws.Credentials, error) {
	var answer struct {
		Version         json.RawMessage
		AccessKeyId     string //nolint:revive // the names of the format
		SecretAccessKey string
		SessionToken    *string
		Expiration      *string
		AccountId       *string
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		if len(bytes.TrimSpace(out)) == 0 {
			return aws.Credentials{}, errors.New("it printed nothing")
		}
		return aws.Credentials{}, fmt.Errorf("it printed %d bytes that are not the JSON wanted", len(out))
	}
	switch {
	case len(answer.Version) == 0:
		return aws.Credentials{}, errors.New("its answer has no Version; 1 is wanted")
	case string(answer.Version) != "1":
		return aws.Credentials{}, errors.New("its answer has another Version than 1")
	case answer.AccessKeyId == "":
		return aws.Credentials{}, errors.New("its answer has no AccessKeyId")
	case answer.SecretAccessKey == "":
		return aws.Credentials{}, errors.New("its answer has no SecretAccessKey")
	}
	got := aws.Credentials{
		AccessKeyID: answer.AccessKeyId, SecretAccessKey: answer.SecretAccessKey,
		SessionToken: aws.ToString(answer.SessionToken), AccountID: aws.ToString(answer.AccountId), Source: "fairlead process",
	}
	if text := aws.ToString(answer.Expiration); text != "" {
		expires, err := sso.ParseTime(text)
		if err != nil {
			return aws.Credentials{}, errors.New("its answer's Expiration is not a time")
		}
		got.CanExpire, got.Expires = true, expires
	}
	return got, nil
}

// head keeps the first bytes and calls full when there are more.
type head struct {
	data  bytes.Buffer
	limit int
	over  bool
	full  func()
}

func (h *head) Write(p []byte) (int, error) {
	if h.data.Len()+len(p) > h.limit {
		h.over = true
		h.full()
		return len(p), nil
	}
	return h.data.Write(p)
}

// tail keeps the last bytes.
type tail struct {
	data  []byte
	limit int
}

func (t *tail) Write(p []byte) (int, error) {
	t.data = append(t.data, p...)
	if over := len(t.data) - t.limit; over > 0 {
		t.data = append(t.data[:0], t.data[over:]...)
	}
	return len(p), nil
}

// said is the text for an error, without lines that seem to hold a secret.
func (t *tail) said() string {
	var lines []string
	for line := range strings.SplitSeq(strings.ToValidUTF8(string(t.data), "?"), "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		folded := strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(line))
		if strings.Contains(folded, "secretaccesskey") || strings.Contains(folded, "sessiontoken") {
			line = "[a line with a secret]"
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return ""
	}
	return "; it said: " + strings.Join(lines, " | ")
}
