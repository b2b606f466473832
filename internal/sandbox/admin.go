package sandbox

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/front"
	"github.com/fairleadhq/fairlead/internal/sandbox/signin"
)

// newAdmin makes the switches' HTTP side: JSON POSTs under a path that holds a
// random token, so that only who was told it can use it. A GET of the path
// itself lists what there is. at has no slash at its end; requests may have
// one there, or two, which a mux alone would send elsewhere.
func newAdmin(s *Server) (h http.Handler, at string) {
	at = "/_sandbox/" + strings.ToLower(rand.Text())
	a := &admin{switches: s.Switches(), names: map[string]string{}}
	mux := http.NewServeMux()
	a.routes(mux, at+"/")
	inner := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		clean := *r.URL
		clean.Path, clean.RawPath = at+"/"+strings.TrimLeft(strings.TrimPrefix(r.URL.Path, at), "/"), ""
		plain := *r
		plain.URL = &clean
		inner.ServeHTTP(w, &plain)
	}), at
}

type admin struct {
	switches *Switches
	names    map[string]string // "POST clock" -> what it does
}

// seconds is a duration in JSON: a number of seconds, or text such as "90s".
type seconds time.Duration

// UnmarshalJSON implements json.Unmarshaler.
func (d *seconds) UnmarshalJSON(b []byte) error {
	var number float64
	if err := json.Unmarshal(b, &number); err == nil {
		*d = seconds(number * float64(time.Second))
		return nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return errors.New(`a duration is a number of seconds or text such as "90s"`)
	}
	parsed, err := time.ParseDuration(text)
	*d = seconds(parsed)
	return err
}

// order is the body of every POST; each switch reads the members it knows.
type order struct {
	front.Fault
	Latency   seconds            `json:"latency"`
	Tokens    *seconds           `json:"tokens"`
	Creds     *seconds           `json:"credentials"`
	Offset    seconds            `json:"offset"`
	UserCode  string             `json:"user_code"`
	N         int                `json:"n"`
	On        bool               `json:"on"`
	Rule      signin.RefreshRule `json:"rule"`
	Principal string             `json:"principal"`
	Action    string             `json:"action"`
	Serial    string             `json:"serial"`
	Subject   string             `json:"subject"`
	Account   string             `json:"account"`
	Role      string             `json:"role"`
	AccessKey string             `json:"access_key_id"`
	Table     string             `json:"table"`
	Index     string             `json:"index"`
	Read      float64            `json:"read"`
	Write     float64            `json:"write"`
}

func (a *admin) routes(mux *http.ServeMux, at string) {
	w := a.switches
	post := func(name, help string, do func(order) (any, error)) {
		a.names["POST "+name] = help
		mux.HandleFunc("POST "+at+name, func(rw http.ResponseWriter, r *http.Request) { a.run(rw, r, do) })
	}
	get := func(name, help string, do func() (any, error)) {
		a.names["GET "+name] = help
		mux.HandleFunc("GET "+at+name, func(rw http.ResponseWriter, _ *http.Request) { answer(rw, do) })
	}
	get("counters", "calls and errors per service.Operation", func() (any, error) { return w.Counters().Snapshot(), nil })
	get("waiting", "user codes that await a decision", func() (any, error) { return w.SignIn().Waiting(), nil })
	get("clock", "the sandbox's time", func() (any, error) { return map[string]any{"now": w.Now()}, nil })
	post("counters/reset", "count anew", func(order) (any, error) { w.Counters().Reset(); return nil, nil })

	post("lifetimes", "tokens, credentials: how long new ones last, in seconds or as \"90s\"; 0 for the default", func(o order) (any, error) {
		if o.Tokens != nil {
			w.SetTokenLifetime(time.Duration(*o.Tokens))
		}
		if o.Creds != nil {
			w.SetCredentialLifetime(time.Duration(*o.Creds))
		}
		return nil, nil
	})
	post("expire", "end all access tokens and temporary credentials now; refresh tokens stay good", func(order) (any, error) {
		return map[string]int{"tokens": w.ExpireTokens(), "credentials": w.ExpireCredentials()}, nil
	})
	post("expire-tokens", "end all access tokens now", func(order) (any, error) { return map[string]int{"tokens": w.ExpireTokens()}, nil })
	post("expire-credentials", "end all temporary credentials now", func(order) (any, error) {
		return map[string]int{"credentials": w.ExpireCredentials()}, nil
	})
	post("revoke", "end all SSO sessions; with access_key_id, remove that key instead", func(o order) (any, error) {
		if o.AccessKey == "" {
			return map[string]int{"sessions": w.RevokeSessions()}, nil
		}
		if !w.Identity().RevokeKey(o.AccessKey) {
			return nil, errors.New("no such access key")
		}
		return nil, nil
	})
	post("forget-clients", "drop all client registrations", func(order) (any, error) {
		return map[string]int{"clients": w.SignIn().ForgetClients()}, nil
	})
	a.signInRoutes(post)
	a.faultRoutes(post)
	a.dynamoRoutes(post)
	mux.HandleFunc("GET "+at+"{$}", func(rw http.ResponseWriter, _ *http.Request) {
		answer(rw, func() (any, error) { return a.names, nil })
	})
}

type poster func(name, help string, do func(order) (any, error))

func (a *admin) signInRoutes(post poster) {
	w := a.switches
	post("approve", "user_code: approve that log in", func(o order) (any, error) { return nil, w.Approve(o.UserCode) })
	post("deny", "user_code: refuse that log in", func(o order) (any, error) { return nil, w.Deny(o.UserCode) })
	post("auto-approve", "on: approve log ins without a person", func(o order) (any, error) { w.SignIn().SetAutoApprove(o.On); return nil, nil })
	post("pending", "n: the next n polls answer authorization_pending", func(o order) (any, error) { w.SignIn().SetPending(o.N); return nil, nil })
	post("slow-down", "n: the next n polls answer slow_down", func(o order) (any, error) { w.SignIn().SetSlowDown(o.N); return nil, nil })
	post("refresh-tokens", "rule: keep, rotate (single use) or omit", func(o order) (any, error) { return nil, w.SignIn().SetRefreshRule(o.Rule) })
	post("unassign", "account, role: take the permission set away from the person who signs in", func(o order) (any, error) {
		if !w.Identity().Unassign(w.s.cast.person.Name, o.Account, o.Role) {
			return nil, errors.New("no such assignment")
		}
		return nil, nil
	})
	post("mfa-code", "serial: the code the device shows now; default the device of profile static", func(o order) (any, error) {
		if o.Serial == "" {
			o.Serial = StaticMFA
		}
		code, err := w.MFACode(o.Serial)
		return map[string]string{"serial": o.Serial, "code": code}, err
	})
	post("web-identity", "subject: a web identity token good for an hour", func(o order) (any, error) {
		if o.Subject == "" {
			o.Subject = WebSubject
		}
		return map[string]string{"token": w.Identity().WebIdentityToken(o.Subject, time.Hour)}, nil
	})
}

func (a *admin) faultRoutes(post poster) {
	w := a.switches
	post("clock", "offset: run the clock ahead by so many seconds", func(o order) (any, error) {
		w.SetClockOffset(time.Duration(o.Offset))
		return map[string]any{"now": w.Now()}, nil
	})
	post("faults", "service, operation (empty for all), after (calls let through first), times (0 for ever), and any of throttle, status, code, message, latency, cut", func(o order) (any, error) {
		o.Fault.Latency = time.Duration(o.Latency)
		if !o.Throttle && o.Status == 0 && o.Code == "" && !o.Cut && o.Fault.Latency == 0 {
			return nil, errors.New("say what shall go wrong: throttle, status, code, latency or cut")
		}
		w.Fault(o.Fault)
		return nil, nil
	})
	post("faults/clear", "lift all faults", func(order) (any, error) { w.ClearFaults(); return nil, nil })
	post("deny-action", "action (e.g. athena:StartQueryExecution, * allowed), principal (ARN, * allowed; empty for all)", func(o order) (any, error) {
		if o.Action == "" {
			return nil, errors.New("action is required")
		}
		w.DenyAction(o.Principal, o.Action)
		return nil, nil
	})
	post("allow-actions", "take back all of deny-action", func(order) (any, error) { w.AllowActions(); return nil, nil })
}

func (a *admin) dynamoRoutes(post poster) {
	w := a.switches
	post("dynamodb/throttle", "table, index, read, write: limit a DynamoDB table or index to so many units a second, whatever its billing mode; 0 lifts the limit", func(o order) (any, error) {
		if o.Table == "" {
			return nil, errors.New("table is required")
		}
		w.DynamoDB().Throttle(o.Table, o.Index, o.Read, o.Write)
		return nil, nil
	})
	post("dynamodb/index-lag", "latency: global indexes of DynamoDB show a change only after so long; 0 for at once", func(o order) (any, error) {
		w.DynamoDB().Lag(time.Duration(o.Latency))
		return nil, nil
	})
	post("dynamodb/unprocessed", "n, times: the next so many batches of DynamoDB process at most n items and hand back the others", func(o order) (any, error) {
		w.DynamoDB().Unprocessed(o.N, o.Times)
		return nil, nil
	})
}

func (a *admin) run(w http.ResponseWriter, r *http.Request, do func(order) (any, error)) {
	var o order
	dec := json.NewDecoder(r.Body)
	dec.DisallowUnknownFields()
	// No body is an empty order.
	if err := dec.Decode(&o); err != nil && !errors.Is(err, io.EOF) {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	answer(w, func() (any, error) { return do(o) })
}

func answer(w http.ResponseWriter, do func() (any, error)) {
	v, err := do()
	switch {
	case err != nil:
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
	case v == nil:
		writeJSON(w, http.StatusOK, map[string]bool{"ok": true})
	default:
		writeJSON(w, http.StatusOK, v)
	}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that went away is not our concern
}
