package awsfile

import "github.com/fairleadhq/fairlead/internal/nearest"

// Nearest returns up to three profile names close to name, the closest first:
// other case, a name that contains it or is contained, or a few letters apart.
func (f *Files) Nearest(name string) []string {
	names := make([]string, 0, len(f.profiles))
	for _, p := range f.profiles {
		names = append(names, p.Name)
	}
	return nearest.Names(name, names)
}
