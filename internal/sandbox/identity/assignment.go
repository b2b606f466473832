package identity

import (
	"cmp"
	"slices"
)

// Person is a user of IAM Identity Center.
type Person struct {
	Name  string // user name, which becomes the role session name
	Label string // what the sign-in page shows
}

// Assignment gives a person a permission set in an account.
type Assignment struct {
	Person    string // Person.Name
	AccountID string
	RoleName  string // the permission set's name: "Analyst"
	RoleARN   string // the role that stands for it in the account
}

// ssoPath is the path of roles that stand for permission sets.
const ssoPath = "/aws-reserved/sso.amazonaws.com/"

// Assign gives person the permission set roleName in the account, and makes the
// role AWSReservedSSO_NAME_HASH that stands for it there.
func (s *Store) Assign(person, accountID, roleName string, denied ...string) (Assignment, error) {
	role, err := s.AddRole(Role{
		AccountID: accountID,
		Name:      "AWSReservedSSO_" + roleName + "_" + hex16(),
		Path:      ssoPath,
		Denied:    denied,
	})
	if err != nil {
		return Assignment{}, err
	}
	a := Assignment{Person: person, AccountID: accountID, RoleName: roleName, RoleARN: role.ARN}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.assignments = append(s.assignments, a)
	return a, nil
}

// Unassign takes the permission set away again.
func (s *Store) Unassign(person, accountID, roleName string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.assignments)
	s.assignments = slices.DeleteFunc(s.assignments, func(a Assignment) bool {
		return a.Person == person && a.AccountID == accountID && a.RoleName == roleName
	})
	return len(s.assignments) < before
}

// Accounts lists the accounts person has something in, by id.
func (s *Store) Accounts(person string) []Account {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []Account
	for _, a := range s.accounts {
		if slices.ContainsFunc(s.assignments, func(g Assignment) bool { return g.Person == person && g.AccountID == a.ID }) {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b Account) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// Account finds an account of the organization.
func (s *Store) Account(id string) (Account, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	i := slices.IndexFunc(s.accounts, func(a Account) bool { return a.ID == id })
	if i < 0 {
		return Account{}, false
	}
	return s.accounts[i], true
}

// Assignments lists what person has in the account, by role name.
func (s *Store) Assignments(person, accountID string) []Assignment {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var list []Assignment
	for _, a := range s.assignments {
		if a.Person == person && a.AccountID == accountID {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b Assignment) int { return cmp.Compare(a.RoleName, b.RoleName) })
	return list
}

func hex16() string {
	const digits = "0123456789abcdef"
	b := random(16)
	for i := range b {
		b[i] = digits[b[i]&15]
	}
	return string(b)
}
