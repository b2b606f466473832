package athena

import "context"

// refreshFiles brings database "files" up to date with the data folder.
func (s *Service) refreshFiles(context.Context) error { return nil }
