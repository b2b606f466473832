package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// completeFlag lets a flag's value complete with Tab. The error cobra gives
// for a flag that does not exist is a mistake in this package.
func (r *room) completeFlag(cmd *cobra.Command, flag string, values func() []string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return values(), cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		panic(err)
	}
}

// completeTarget offers saved connections, and the beginnings of addresses
// with the profiles there are.
func (r *room) completeTarget(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	if kind, _, ok := strings.Cut(typed, "://"); ok {
		var out []string
		for _, p := range r.profileNames() {
			out = append(out, kind+"://"+p)
		}
		return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	out := r.connectionNames()
	for _, kind := range r.engineKinds() {
		out = append(out, kind+"://")
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// completionAge is how old a listing may be whose names are offered.
const completionAge = 30 * 24 * time.Hour

// completeSchema offers targets, then what was listed below the path's last dot
// before: Tab makes no call, and asks nobody to log in.
func (r *room) completeSchema(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return r.completeTarget(cmd, args, typed)
	}
	above, begun := "", typed
	if at := strings.LastIndexByte(typed, '.'); at >= 0 {
		above, begun = typed[:at], typed[at+1:]
	}
	path, err := splitPath(above)
	if err != nil || len(args) > 1 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, o := range r.app().KnownNames(args[0], path, completionAge) {
		if strings.HasPrefix(o.Name, begun) && !o.Leaf && o.Kind != "setting" {
			out = append(out, joinPath(append(slices.Clone(path), o.Name)))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

func (r *room) completeConnection(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return r.connectionNames(), cobra.ShellCompDirectiveNoFileComp
}

func (r *room) completeProfile(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return r.profileNames(), cobra.ShellCompDirectiveNoFileComp
}

func (r *room) completeAuth(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return r.authNames(), cobra.ShellCompDirectiveNoFileComp
}

func (r *room) completeConnectionFlags(cmd *cobra.Command) {
	r.completeFlag(cmd, "engine", r.engineKinds)
	r.completeFlag(cmd, "profile", r.profileNames)
	r.completeFlag(cmd, "auth", r.authNames)
	done := map[string]bool{}
	for _, spec := range r.specs {
		for _, p := range spec.Params {
			if len(p.Choices) > 0 && !done[p.Name] {
				done[p.Name] = true
				r.completeFlag(cmd, strings.ReplaceAll(p.Name, "_", "-"), func() []string { return p.Choices })
			}
		}
	}
}

// A completion that fails offers nothing: there is nobody to tell.

func (r *room) connectionNames() []string {
	entries, _, err := r.app().Connections()
	if err != nil {
		return nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name
	}
	return names
}

func (r *room) authNames() []string {
	auths, err := r.app().Auths()
	if err != nil {
		return nil
	}
	names := make([]string, len(auths))
	for i, a := range auths {
		names[i] = a.Name
	}
	return names
}

func (r *room) profileNames() []string {
	profiles, _, err := r.app().Profiles(context.Background())
	if err != nil {
		return nil
	}
	names := make([]string, len(profiles))
	for i, p := range profiles {
		names[i] = p.Name
	}
	return names
}

func (r *room) engineKinds() []string {
	kinds := make([]string, len(r.specs))
	for i, s := range r.specs {
		kinds[i] = s.Kind
	}
	return kinds
}
