package connection

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
	"github.com/fairleadhq/fairlead/internal/nearest"
)

// The two sections of a file.
const (
	sectionAuth       = "auth"
	sectionConnection = "connection"
)

// The keys that belong to every connection and to every auth profile.
var (
	connectionKeys = [...]string{"engine", "auth", "profile", "region", "account", "read_only", "label"}
	authKeys       = [...]string{"source", "profile", "region", "access_key_id", "account"}
)

func userPath(dirs home.Dirs) string { return filepath.Join(dirs.Config, UserFile) }

// findUpward returns the nearest .fairlead.toml in folder or above it, or "".
func findUpward(folder string) string {
	if folder == "" {
		return ""
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		return ""
	}
	for {
		path := filepath.Join(folder, WorkspaceFile)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
		above := filepath.Dir(folder)
		if above == folder {
			return ""
		}
		folder = above
	}
}

// foreign says why the workspace's file is not read: another user put it above
// the working folder, such as into /tmp, where it could stand in for a
// connection of ours. In a folder of his own it is his to say, as in a
// repository that was cloned.
func foreign(path, folder string) string {
	if path == "" {
		return ""
	}
	file, err := os.Stat(path)
	if err != nil {
		return ""
	}
	owner, known := home.Owner(file)
	if !known || owner == 0 || owner == os.Geteuid() {
		return ""
	}
	if info, err := os.Stat(folder); err == nil {
		if his, known := home.Owner(info); known && his == owner {
			return ""
		}
	}
	return fmt.Sprintf("%s belongs to another user and is not read; if it is yours: sudo chown \"$USER\" %s", path, path)
}

// reload reads both files anew.
func (b *Book) reload() error {
	user, err := b.read(b.user, User)
	if err != nil {
		return err
	}
	workspace := &page{}
	if warning := foreign(b.workspace, b.options.WorkDir); warning != "" {
		workspace.warnings = []string{warning}
	} else if b.workspace != "" {
		if workspace, err = b.read(b.workspace, Workspace); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.warnings = append(slices.Clone(user.warnings), workspace.warnings...)
	b.connections, b.auths = map[string]Entry{}, map[string]Auth{}
	for _, e := range user.connections {
		b.connections[e.Name] = e
	}
	for _, e := range workspace.connections {
		if hidden, ok := b.connections[e.Name]; ok {
			e.Hides = fmt.Sprintf("%s:%d", hidden.File, hidden.Line)
		}
		b.connections[e.Name] = e
	}
	for _, a := range user.auths {
		b.auths[a.Name] = a
	}
	for _, a := range workspace.auths {
		if hidden, ok := b.auths[a.Name]; ok {
			a.Hides = fmt.Sprintf("%s:%d", hidden.File, hidden.Line)
		}
		b.auths[a.Name] = a
	}
	return nil
}

// page is what one file says.
type page struct {
	connections []Entry
	auths       []Auth
	warnings    []string
}

// read reads one file; a missing one is an empty page. A good user file is
// also remembered as the last good version.
func (b *Book) read(path string, scope Scope) (*page, error) {
	readFile := os.ReadFile
	if scope == User {
		readFile = home.ReadPrivate
	}
	data, err := readFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &page{}, nil
	}
	if err != nil {
		return nil, unreadable(path, err)
	}
	d, err := open(path, data)
	if err != nil {
		return nil, err
	}
	p, err := readPage(d, scope, b.options.Known)
	if err != nil {
		return nil, err
	}
	if scope == User {
		rememberGood(path, data)
	}
	return p, nil
}

// unreadable says why a file cannot be read, or may not be believed.
func unreadable(path string, err error) error {
	var exposed *home.ExposedError
	if errors.As(err, &exposed) {
		return fault.Newf(fault.Config, "%s %s, so what it says is not used", path, exposed.What).WithRemedy(exposed.Remedy)
	}
	return fault.Wrapf(reason(err), fault.Config, "Cannot read %s", path)
}

// open parses data and refuses what no file of ours may hold.
func open(path string, data []byte) (*document, error) {
	d, err := parse(path, data)
	if err != nil {
		return nil, brokenFile(path, err)
	}
	for _, s := range d.settings() {
		key := s.path[len(s.path)-1]
		if s.value.kind != kindTable && secretLooking(key) {
			return nil, fault.Newf(fault.Config, "%s:%d holds a secret in the clear: %s", path, s.line, key).
				WithRemedyf("delete the line, count the secret as known to others, and store a new one: fairlead auth add NAME")
		}
	}
	return d, nil
}

func brokenFile(path string, err error) *fault.Error {
	var at *parseError
	if !errors.As(err, &at) {
		return fault.Wrapf(err, fault.Config, "Cannot read %s", path)
	}
	f := fault.Newf(fault.Config, "Cannot read %s:%d:%d: %s", path, at.line, at.column, at.message).
		WithRemedyf("mend line %d; Fairlead does not write to the file before that", at.line)
	backup := path + backupSuffix
	if data, err := os.ReadFile(backup); err == nil {
		if _, err := parse(backup, data); err == nil {
			f.Remedy += "\nthe last good version is " + backup
		}
	}
	return f
}

// readPage turns a document into entries.
func readPage(d *document, scope Scope, known func(string) []string) (*page, error) {
	r := reader{
		d: d, scope: scope,
		connections: map[string]*draft{}, auths: map[string]*draft{},
	}
	for _, s := range d.settings() {
		if err := r.take(s); err != nil {
			return nil, err
		}
	}
	p := &page{warnings: r.warnings}
	for _, name := range r.order {
		if c, ok := r.connections[name.name]; ok && name.section == sectionConnection {
			e, warnings, err := c.entry(d.path, scope, known)
			if err != nil {
				return nil, err
			}
			p.connections, p.warnings = append(p.connections, e), append(p.warnings, warnings...)
		}
		if a, ok := r.auths[name.name]; ok && name.section == sectionAuth {
			auth, warnings, err := a.auth(d.path, scope)
			if err != nil {
				return nil, err
			}
			p.auths, p.warnings = append(p.auths, auth), append(p.warnings, warnings...)
		}
	}
	return p, nil
}

type sectionName struct{ section, name string }

// reader sorts settings by entry.
type reader struct {
	d                  *document
	scope              Scope
	connections, auths map[string]*draft
	order              []sectionName
	refused            []sectionName
	warnings           []string
}

// draft is an entry as it stands in the file.
type draft struct {
	name     string
	line     int
	settings []setting // path shortened to what follows the entry's name
}

func (r *reader) take(s setting) error {
	section := s.path[0]
	drafts := r.connections
	if section == sectionAuth {
		drafts = r.auths
	} else if section != sectionConnection {
		if len(s.path) == 1 || !r.seenRefusal(sectionName{section, ""}) {
			r.refuse(sectionName{section, ""}, fmt.Sprintf("%s:%d: unknown key %q", r.d.path, s.line, section))
		}
		return nil
	}
	if len(s.path) == 1 {
		if s.value.kind != kindTable {
			return r.wrong(s, "[%s.NAME] is a table", section)
		}
		return nil
	}
	id := sectionName{section, s.path[1]}
	if !validName(id.name) {
		if !r.seenRefusal(id) {
			r.refuse(id, fmt.Sprintf("%s:%d: ignored [%s.%q]: a name has letters, digits, dot, underscore and hyphen, at most %d",
				r.d.path, s.line, section, id.name, maxName))
		}
		return nil
	}
	if len(s.path) == 2 && s.value.kind != kindTable {
		return r.wrong(s, "[%s.%s] is a table", section, id.name)
	}
	entry, ok := drafts[id.name]
	if !ok {
		entry = &draft{name: id.name, line: s.line}
		drafts[id.name] = entry
		r.order = append(r.order, id)
	}
	if len(s.path) > 2 {
		s.path = s.path[2:]
		entry.settings = append(entry.settings, s)
	}
	return nil
}

func (r *reader) seenRefusal(id sectionName) bool { return slices.Contains(r.refused, id) }

func (r *reader) refuse(id sectionName, warning string) {
	r.refused = append(r.refused, id)
	r.warnings = append(r.warnings, warning)
}

func (r *reader) wrong(s setting, format string, args ...any) error {
	return brokenFile(r.d.path, &parseError{s.line, s.column, fmt.Sprintf(format, args...)})
}

// entry makes a connection of the draft. A common key of the wrong type is an
// error: a misread read_only must not open a connection for writing.
func (c *draft) entry(path string, scope Scope, known func(string) []string) (Entry, []string, error) {
	e := Entry{Name: c.name, Scope: scope, File: path, Line: c.line}
	texts := map[string]*string{"engine": &e.Engine, "auth": &e.Auth, "profile": &e.Profile, "region": &e.Region, "account": &e.Account, "label": &e.Label}
	var params []setting
	for _, s := range c.settings {
		key := s.path[0]
		switch target := texts[key]; {
		case len(s.path) == 1 && target != nil:
			if s.value.kind != kindString {
				return e, nil, c.wrong(path, s, "a string")
			}
			*target = s.value.text
		case len(s.path) == 1 && key == "read_only":
			if s.value.kind != kindBool {
				return e, nil, c.wrong(path, s, "true or false")
			}
			e.ReadOnly = s.value.text == "true"
		default:
			params = append(params, s)
		}
	}
	e.Problem = entryProblem(e)
	knownKeys, engineKnown := []string(nil), true
	if known != nil && e.Engine != "" {
		knownKeys = known(e.Engine)
		engineKnown = knownKeys != nil
	}
	var warnings []string
	if !engineKnown {
		warnings = append(warnings, fmt.Sprintf("%s:%d: unknown engine %q in [connection.%s]", path, c.line, e.Engine, c.name))
	}
	told := map[string]bool{}
	for _, s := range params {
		key := s.path[0]
		scalar := len(s.path) == 1 && s.value.kind != kindTable && s.value.kind != kindOther
		if scalar {
			if e.Params == nil {
				e.Params = map[string]string{}
			}
			e.Params[key] = s.value.text
		}
		if meant := protectiveTypo(key, knownKeys); meant != "" && e.Problem == "" {
			e.Problem = fmt.Sprintf("Connection %q has the unknown key %q (%s:%d): did you mean %s?", c.name, key, path, s.line, meant)
		}
		isKnown := knownKeys == nil || slices.Contains(knownKeys, key)
		switch {
		case !scalar && !told[key]:
			told[key] = true
			warnings = append(warnings, fmt.Sprintf("%s:%d: %s in [connection.%s] is not a single value: not used", path, s.line, key, c.name))
		case scalar && !isKnown:
			warnings = append(warnings, unknownKey(path, s.line, key, "connection."+c.name, slices.Concat(knownKeys, connectionKeys[:])))
		}
	}
	e.Warnings = warnings
	return e, warnings, nil
}

// protectiveTypo returns which key that protects is meant by an unknown one, or
// "". Such a slip must not pass with a warning: the connection would open for
// writing, or in another account.
func protectiveTypo(key string, known []string) string {
	lower := strings.ToLower(key)
	for _, protective := range []string{"read_only", "account"} {
		if !slices.Contains(known, key) && (nearest.Distance(lower, protective) <= 2 || lower == protective+"_id") {
			return protective
		}
	}
	return ""
}

func entryProblem(e Entry) string {
	where := fmt.Sprintf("Connection %q (%s:%d)", e.Name, e.File, e.Line)
	switch {
	case e.Engine == "":
		return where + " has no engine"
	case e.Auth != "" && e.Profile != "":
		return where + " has both auth and profile: only one can say who you are"
	case e.Account != "" && !isAccount(e.Account):
		return fmt.Sprintf("%s has the account %q: an AWS account has 12 digits", where, e.Account)
	}
	return ""
}

// auth makes an auth profile of the draft.
func (c *draft) auth(path string, scope Scope) (Auth, []string, error) {
	a := Auth{Name: c.name, Scope: scope, File: path, Line: c.line}
	texts := map[string]*string{"source": &a.Source, "profile": &a.Profile, "region": &a.Region, "access_key_id": &a.AccessKeyID, "account": &a.Account}
	var warnings []string
	for _, s := range c.settings {
		key := strings.Join(s.path, ".")
		target := texts[key]
		switch {
		case target == nil || len(s.path) > 1:
			warnings = append(warnings, unknownKey(path, s.line, key, "auth."+c.name, authKeys[:]))
		case s.value.kind != kindString:
			return a, nil, c.wrong(path, s, "a string")
		default:
			*target = s.value.text
		}
	}
	a.Problem = authProblem(a)
	return a, warnings, nil
}

func authProblem(a Auth) string {
	where := fmt.Sprintf("Auth profile %q (%s:%d)", a.Name, a.File, a.Line)
	switch {
	case a.Account != "" && !isAccount(a.Account):
		return fmt.Sprintf("%s has the account %q: an AWS account has 12 digits", where, a.Account)
	case a.Source == "":
		return where + ` has no source: "static" or "profile"`
	case a.Source != SourceStatic && a.Source != SourceProfile:
		return fmt.Sprintf(`%s has the source %q: it is "static" or "profile"`, where, a.Source)
	case a.Source == SourceProfile && a.Profile == "":
		return where + " has the source profile and names no profile"
	case a.Source == SourceStatic && a.AccessKeyID == "":
		return where + " has the source static and no access_key_id"
	}
	return ""
}

func (c *draft) wrong(path string, s setting, want string) error {
	return brokenFile(path, &parseError{s.line, s.column, fmt.Sprintf("%s must be %s", s.path[0], want)})
}

func unknownKey(path string, line int, key, table string, have []string) string {
	w := fmt.Sprintf("%s:%d: unknown key %q in [%s]", path, line, key, table)
	if close := nearest.Names(key, have); len(close) > 0 {
		w += fmt.Sprintf(" (did you mean %s?)", close[0])
	}
	return w
}

// reason keeps what went wrong of an error that repeats the path.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
