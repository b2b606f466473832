// Package awsfile reads the shared AWS files, ~/.aws/config and
// ~/.aws/credentials, with the grammar of AWS CLI v2, and keeps file and line
// of each value.
//
// Where the CLI refuses a whole file because of one bad line, duplicate or
// byte, this package gives up only the profile that the defect touches and
// reports it as a Problem. It knows nothing of credentials, networks or
// caches: it says what the files say.
//
//	files, err := awsfile.Load(os.Getenv)
//	p, ok := files.Profile("dev")
//	region, ok := p.Get("region") // region.Text, region.File, region.Line
package awsfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// maxFileSize bounds what is read of one file. A config of 100,000 profiles
// is about 20 MB.
const maxFileSize = 64 << 20

// Files is what the two shared files say together. It is immutable, and may be
// used by several goroutines.
type Files struct {
	// ConfigPath and CredentialsPath are the paths that were looked at, with ~
	// and variables expanded.
	ConfigPath, CredentialsPath string
	// ConfigFound and CredentialsFound tell whether the file was there.
	ConfigFound, CredentialsFound bool

	profiles []*Profile
	byName   map[string]*Profile
	sessions map[string]*Section
	order    []*Section // sso-sessions in file order
	services map[string]*Section
	problems []Problem
}

// Load reads the files that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE
// name, or those in the home folder. A missing file is not an error; one that
// cannot be read is.
func Load(env func(string) string) (*Files, error) {
	if env == nil {
		env = os.Getenv
	}
	f := &Files{
		ConfigPath:      ConfigPath(env),
		CredentialsPath: CredentialsPath(env),
		byName:          map[string]*Profile{},
		sessions:        map[string]*Section{},
		services:        map[string]*Section{},
	}
	config, found, err := readFile(f.ConfigPath)
	if err != nil {
		return nil, err
	}
	f.ConfigFound = found
	credentials, found, err := readFile(f.CredentialsPath)
	if err != nil {
		return nil, err
	}
	f.CredentialsFound = found
	f.addConfig(parse(f.ConfigPath, config))
	f.addCredentials(parse(f.CredentialsPath, credentials))
	return f, nil
}

// Parse builds Files from two texts; the paths only name them. It is Load for
// texts that are in memory already.
func Parse(configPath string, config []byte, credentialsPath string, credentials []byte) *Files {
	f := &Files{
		ConfigPath: configPath, CredentialsPath: credentialsPath,
		ConfigFound: config != nil, CredentialsFound: credentials != nil,
		byName: map[string]*Profile{}, sessions: map[string]*Section{}, services: map[string]*Section{},
	}
	f.addConfig(parse(configPath, config))
	f.addCredentials(parse(credentialsPath, credentials))
	return f
}

func readFile(path string) (data []byte, found bool, err error) {
	if path == "" {
		return nil, false, nil
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("cannot read %s: %w", path, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, false, fmt.Errorf("cannot read %s: %w", path, err)
	}
	if info.IsDir() {
		return nil, false, nil // the CLI asks isfile(), so a folder counts as missing
	}
	data, err = io.ReadAll(io.LimitReader(file, maxFileSize+1))
	if err != nil {
		return nil, false, fmt.Errorf("cannot read %s: %w", path, err)
	}
	if len(data) > maxFileSize {
		return nil, false, fmt.Errorf("cannot read %s: it is larger than %d MB", path, maxFileSize>>20)
	}
	return data, true, nil
}

// addConfig takes the sections of the config file: "default", "profile X",
// "sso-session X" and "services X". All others are none of ours, as for the CLI.
func (f *Files) addConfig(doc document) {
	f.problems = append(f.problems, doc.problems...)
	for _, s := range doc.sections {
		kind, name, ok := configName(s.Header)
		if !ok {
			f.problems = append(f.problems, s.defects...)
			f.noteIgnored(s, kind)
			continue
		}
		s.name(kind, name)
		f.problems = append(f.problems, s.defects...)
		switch kind {
		case "profile":
			f.addConfigProfile(s)
		case "sso-session":
			if _, again := f.sessions[name]; again {
				f.order = slices.DeleteFunc(f.order, func(o *Section) bool { return o.Name == name })
			}
			f.sessions[name] = s
			f.order = append(f.order, s)
		case "services":
			f.services[name] = s
		}
	}
}

func (f *Files) addConfigProfile(s *Section) {
	p := f.profile(s.Name)
	if p.config != nil && !s.broken && !p.config.broken {
		f.problems = append(f.problems, Problem{
			Rule: "profile-twice", File: s.File, Line: s.Line, Profile: s.Name,
			Message: fmt.Sprintf("[%s] replaces [%s] of line %d: the AWS CLI takes the last, other tools may take the first or merge both", s.Header, p.config.Header, p.config.Line),
			Fix:     "keep one of the two sections",
		})
	}
	if p.config != nil && p.config.broken && !s.broken {
		// A good section beside a broken header of the same name: both touch it.
		s.defects = append(s.defects, p.config.defects...)
	}
	p.config = s
}

// addCredentials takes the sections of the credentials file, each a profile by
// its bare name.
func (f *Files) addCredentials(doc document) {
	f.problems = append(f.problems, doc.problems...)
	for _, s := range doc.sections {
		s.name("profile", s.Header)
		f.problems = append(f.problems, s.defects...)
		word, rest, _ := strings.Cut(s.Header, " ")
		switch word {
		case "sso-session", "services":
			f.problems = append(f.problems, Problem{
				Rule: "session-in-credentials", File: s.File, Line: s.Line,
				Message: fmt.Sprintf("[%s] is ignored: %s sections are read from the config file only", s.Header, word),
				Fix:     fmt.Sprintf("move the section to %s", f.ConfigPath),
			})
			continue
		case "profile":
			f.problems = append(f.problems, Problem{
				Rule: "prefix-in-credentials", File: s.File, Line: s.Line, Profile: s.Header,
				Message: fmt.Sprintf("in the credentials file a section is a bare name: the AWS CLI takes this profile to be called %q", s.Header),
				Fix:     fmt.Sprintf("write [%s]", strings.Trim(rest, `"' `)),
			})
		}
		f.profile(s.Name).credentials = s
	}
}

func (f *Files) profile(name string) *Profile {
	if p, ok := f.byName[name]; ok {
		return p
	}
	p := &Profile{Name: name}
	f.byName[name] = p
	f.profiles = append(f.profiles, p)
	return p
}

// configName takes a header of the config file apart as the CLI does: the kind
// by prefix, then the words as a shell would split them, of which there must
// be two.
func configName(header string) (kind, name string, ok bool) {
	if header == "default" {
		return "profile", header, true
	}
	for _, kind := range []string{"profile", "sso-session", "services"} {
		if strings.HasPrefix(header, kind) {
			words, err := splitWords(header)
			if err != nil || len(words) != 2 {
				return kind, "", false
			}
			return kind, words[1], true
		}
	}
	return "", "", false
}

// noteIgnored reports a section that is not read although its author most
// likely meant it to be.
func (f *Files) noteIgnored(s *Section, kind string) {
	p := Problem{Rule: "section-ignored", File: s.File, Line: s.Line}
	trimmed := strings.TrimSpace(s.Header)
	switch {
	case s.broken:
		return // already reported by the parser
	case kind != "":
		p.Message = fmt.Sprintf("[%s] is ignored: after %q one name is wanted, in quotes when it holds blanks", s.Header, kind)
		p.Fix = fmt.Sprintf("write [%s '%s']", kind, strings.TrimSpace(strings.TrimPrefix(s.Header, kind)))
	case trimmed != s.Header && (strings.HasPrefix(trimmed, "profile ") || trimmed == "default" || strings.HasPrefix(trimmed, "sso-session ")):
		p.Message = fmt.Sprintf("[%s] is ignored: there is a blank behind the bracket", s.Header)
		p.Fix = fmt.Sprintf("write [%s]", trimmed)
	case s.looksLikeProfile():
		p.Message = fmt.Sprintf("[%s] is ignored: in the config file a profile is called [profile %s]", s.Header, s.Header)
		p.Fix = fmt.Sprintf("write [profile %s], or move the section to %s", s.Header, f.CredentialsPath)
	default:
		return // [preview], [plugins] and the like belong to others
	}
	f.problems = append(f.problems, p)
}

// Profiles returns all profiles: those of the config file in their order, then
// those that only the credentials file has.
func (f *Files) Profiles() []*Profile { return slices.Clone(f.profiles) }

// Profile finds a profile by its exact name; names are case-sensitive.
func (f *Files) Profile(name string) (*Profile, bool) {
	p, ok := f.byName[name]
	return p, ok
}

// Session finds an sso-session section by its exact name.
func (f *Files) Session(name string) (*Section, bool) {
	s, ok := f.sessions[name]
	return s, ok
}

// Sessions returns the sso-session sections in file order.
func (f *Files) Sessions() []*Section { return slices.Clone(f.order) }

// Services finds a services section by its exact name.
func (f *Files) Services(name string) (*Section, bool) {
	s, ok := f.services[name]
	return s, ok
}
