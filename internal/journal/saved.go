package journal

import (
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
)

// SavedQuery is a text a person keeps under a name.
type SavedQuery struct {
	Name       string    `json:"name"`
	Connection string    `json:"connection,omitempty"` // the connection it is for, if any
	Text       string    `json:"text"`
	Tags       string    `json:"tags,omitempty"`
	Updated    time.Time `json:"updated"`
}

func (j *Journal) savedFile() string { return filepath.Join(j.dir, "saved.json") }

// Save keeps a query under its name, in place of another of that name.
func (j *Journal) Save(q SavedQuery) error {
	q.Name = strings.TrimSpace(q.Name)
	if q.Name == "" {
		return fault.New(fault.Usage, "A saved query needs a name")
	}
	if q.Updated.IsZero() {
		q.Updated = time.Now()
	}
	return j.editSaved(func(all []SavedQuery) ([]SavedQuery, error) {
		all = slices.DeleteFunc(all, func(o SavedQuery) bool { return o.Name == q.Name })
		return append(all, q), nil
	})
}

// SavedQueries lists the saved queries by name.
func (j *Journal) SavedQueries() ([]SavedQuery, error) {
	data, err := home.ReadPrivate(j.savedFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var all []SavedQuery
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	if err != nil {
		return nil, fault.Wrapf(err, fault.Config, "The saved queries in %s cannot be read", j.savedFile()).
			WithRemedy("mend the file, or move it away to begin anew")
	}
	return all, nil
}

// SavedQuery returns one saved query.
func (j *Journal) SavedQuery(name string) (SavedQuery, error) {
	all, err := j.SavedQueries()
	if err != nil {
		return SavedQuery{}, err
	}
	if i := slices.IndexFunc(all, func(q SavedQuery) bool { return q.Name == name }); i >= 0 {
		return all[i], nil
	}
	return SavedQuery{}, noSaved(name)
}

// DeleteSaved forgets a saved query.
func (j *Journal) DeleteSaved(name string) error {
	return j.editSaved(func(all []SavedQuery) ([]SavedQuery, error) {
		i := slices.IndexFunc(all, func(q SavedQuery) bool { return q.Name == name })
		if i < 0 {
			return nil, noSaved(name)
		}
		return slices.Delete(all, i, i+1), nil
	})
}

func noSaved(name string) error {
	return fault.Newf(fault.NotFound, "There is no saved query %q", name).WithRemedy("see them with: fairlead saved list")
}

// editSaved changes the file as a whole, under a lock.
func (j *Journal) editSaved(change func([]SavedQuery) ([]SavedQuery, error)) (err error) {
	unlock, err := lock(filepath.Join(j.dir, "saved.lock"))
	if err != nil {
		return unwritable(err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	all, err := j.SavedQueries()
	if err != nil {
		return err
	}
	if all, err = change(all); err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b SavedQuery) int { return strings.Compare(a.Name, b.Name) })
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	if err := home.WriteFile(j.savedFile(), append(data, '\n')); err != nil {
		return fault.Wrap(err, fault.Output, "The saved queries cannot be written")
	}
	return nil
}
