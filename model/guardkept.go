package model

// This file has the guards before something is removed that a user keeps between launches.

// GuardOfTemplate is the guard before a template's file is deleted.
func GuardOfTemplate(t Template) Guard {
	return Guard{Title: "Delete the template " + t.Name + "?", Means: "Its file " + t.Path + " goes away.", Does: "Delete"}
}

// GuardOfKept is the guard before a variable or a key of the account is removed.
func GuardOfKept(name string) Guard {
	return Guard{Title: "Remove " + name + "?", Means: "Instances that have it keep it.", Does: "Remove"}
}

// GuardOfLogin is the guard before the login to a registry is removed.
func GuardOfLogin(host string) Guard {
	return Guard{Title: "Remove the login to " + host + "?", Means: "Images that need it can't be pulled any more.", Does: "Remove"}
}
