package redshift

import (
	"crypto/rand"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// keepExpired is how long an expired password is remembered, to tell its owner
// that it has expired rather than that it is wrong.
const keepExpired = 24 * time.Hour

// logins are the database users and the temporary passwords handed out.
type logins struct {
	now func() time.Time

	mu        sync.Mutex
	users     map[string]string // database user to its fixed password, "" for none
	passwords map[string][]temporary
}

// temporary is one password that a call handed out.
type temporary struct {
	password string
	database string // "" is any
	expires  time.Time
	login    login
}

// login is who a password admits.
type login struct {
	user     string // the database user, without the IAM: of the log-in name
	readOnly bool
}

func newLogins(o Options) *logins {
	l := &logins{now: o.Now, users: map[string]string{Master: "", "analyst": ""}, passwords: map[string][]temporary{}}
	for user, password := range o.Users {
		l.users[user] = password
	}
	return l
}

// names are the database users.
func (l *logins) names() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]string, 0, len(l.users))
	for name := range l.users {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}

// isIAM tells the log-in names that only a temporary password opens.
func isIAM(user string) bool {
	prefix, _, ok := strings.Cut(user, ":")
	return ok && (prefix == "IAM" || prefix == "IAMA" || prefix == "IAMR")
}

// grant makes a password for the log-in name user.
func (l *logins) grant(user, database string, life time.Duration, who login) (password string, expires time.Time) {
	password = rand.Text() + rand.Text()
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	expires = now.Add(life).Truncate(time.Second)
	kept := l.passwords[user][:0]
	for _, t := range l.passwords[user] {
		if now.Sub(t.expires) < keepExpired {
			kept = append(kept, t)
		}
	}
	l.passwords[user] = append(kept, temporary{password, database, expires, who})
	return password, expires
}

// create adds a database user if there is none of that name.
func (l *logins) create(user string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.users[user]; !ok {
		l.users[user] = ""
	}
}

// exists tells whether there is a database user of that name.
func (l *logins) exists(user string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.users[user]
	return ok
}

// check admits a user who proves a password.
func (l *logins) check(user, database string, proves func(string) bool) (login, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	wrong := pgwire.Fatal("28000", "password authentication failed for user \"%s\"", user)
	if !isIAM(user) {
		if password := l.users[user]; password != "" && proves(password) {
			return login{user: user}, nil
		}
		return login{}, wrong
	}
	for _, t := range l.passwords[user] {
		if !proves(t.password) {
			continue
		}
		if !l.now().Before(t.expires) {
			// The wording of the service, as its drivers' users report it.
			return login{}, pgwire.Fatal("28000", "IAM Authentication token has expired")
		}
		if t.database != "" && t.database != database {
			return login{}, wrong
		}
		if _, exists := l.users[t.login.user]; !exists {
			return login{}, pgwire.Fatal("28000", "user \"%s\" does not exist", t.login.user)
		}
		return t.login, nil
	}
	return login{}, wrong
}

// callerUser is the database user that the service derives from a caller.
func callerUser(p wire.Principal) string {
	if p.Session != "" {
		return "IAMR:" + p.Name
	}
	return "IAM:" + p.Name
}
