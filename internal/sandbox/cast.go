package sandbox

import (
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/identity"
)

// The accounts and names that the sandbox's AWS home speaks of.
const (
	DevAccount  = "111122223333"
	ProdAccount = "444455556666"

	// StaticUser owns the keys of profile "static"; ProcessUser those of "process".
	StaticUser  = "reporting"
	ProcessUser = "nightly"

	// AssumedRole is the role of profile "assumed", which StaticUser may assume.
	AssumedRole = "arn:aws:iam::" + DevAccount + ":role/WarehouseReader"
	// ChainedRole may be assumed from AssumedRole only.
	ChainedRole = "arn:aws:iam::" + DevAccount + ":role/WarehouseDeep"
	// PartnerRole is in the other account and wants PartnerExternalID.
	PartnerRole       = "arn:aws:iam::" + ProdAccount + ":role/Partner"
	PartnerExternalID = "fairlead-partner"
	// GuardedRole wants a code of StaticUser's MFA device, StaticMFA.
	GuardedRole = "arn:aws:iam::" + DevAccount + ":role/Guarded"
	StaticMFA   = "arn:aws:iam::" + DevAccount + ":mfa/" + StaticUser
	// WebRole may be assumed with a web identity token of WebSubject.
	WebRole    = "arn:aws:iam::" + DevAccount + ":role/WebIdentity"
	WebSubject = "system:serviceaccount:reports:runner"
)

// cast is who there is.
type cast struct {
	person  identity.Person
	static  identity.Key
	process identity.Key
}

// readOnlyDenied is what a ReadOnly role is refused: every write that a call's
// own name gives away. What a statement writes is refused by the service that
// reads the statement.
func readOnlyDenied() []string {
	return []string{
		"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem", "dynamodb:TransactWriteItems",
		"dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete",
		"dynamodb:CreateTable", "dynamodb:UpdateTable", "dynamodb:DeleteTable",
		"glue:Create*", "glue:Update*", "glue:Delete*",
		"athena:Create*", "athena:Update*", "athena:Delete*",
		"s3:PutObject", "s3:DeleteObject", "s3:CreateBucket", "s3:DeleteBucket",
	}
}

// populate fills the store with the sandbox's people, users and roles. The
// names are fixed; keys are made anew at each start.
func populate(store *identity.Store) (cast, error) {
	c := cast{person: identity.Person{Name: "robin", Label: "Robin Example (robin@example.com)"}}
	store.AddAccount(identity.Account{ID: DevAccount, Name: "Analytics Dev", Email: "analytics-dev@example.com"})
	store.AddAccount(identity.Account{ID: ProdAccount, Name: "Production", Email: "production@example.com"})

	for _, a := range []struct {
		account, role string
		denied        []string
	}{
		{DevAccount, "Analyst", nil},
		{DevAccount, "ReadOnly", readOnlyDenied()},
		{ProdAccount, "ReadOnly", readOnlyDenied()},
	} {
		if _, err := store.Assign(c.person.Name, a.account, a.role, a.denied...); err != nil {
			return c, err
		}
	}

	var err error
	if c.static, err = addUser(store, StaticUser); err != nil {
		return c, err
	}
	if c.process, err = addUser(store, ProcessUser); err != nil {
		return c, err
	}
	if _, err := store.AddMFADevice(c.static.Source); err != nil {
		return c, err
	}
	for _, r := range []identity.Role{
		{AccountID: DevAccount, Name: "WarehouseReader", Trust: []identity.Trust{{Principals: []string{c.static.Source}}}, MaxDuration: 12 * time.Hour},
		{AccountID: DevAccount, Name: "WarehouseDeep", Trust: []identity.Trust{{Principals: []string{AssumedRole}}}, MaxDuration: 12 * time.Hour},
		{AccountID: ProdAccount, Name: "Partner", Trust: []identity.Trust{{Principals: []string{c.static.Source}, ExternalID: PartnerExternalID}}},
		{AccountID: DevAccount, Name: "Guarded", Trust: []identity.Trust{{Principals: []string{c.static.Source}, MFA: true}}},
		{AccountID: DevAccount, Name: "WebIdentity", Trust: []identity.Trust{{Subject: WebSubject}}},
	} {
		if _, err := store.AddRole(r); err != nil {
			return c, err
		}
	}
	return c, nil
}

func addUser(store *identity.Store, name string) (identity.Key, error) {
	user, err := store.AddUser(identity.User{AccountID: DevAccount, Name: name})
	if err != nil {
		return identity.Key{}, err
	}
	return store.NewKey(user.ARN)
}
