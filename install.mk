# make install, make uninstall: what goes where. Included by the Makefile.
#
#   make install PREFIX=/usr                          /usr/bin/musegen, /usr/share/musegen/models, ...
#   make install PREFIX=/usr DESTDIR=debian/tmp       the same below debian/tmp; nothing built knows of DESTDIR
#   make uninstall PREFIX=/usr                        removes what install put there
#
# A file that goes to a folder of its own kind follows the variable of that
# folder: BINDIR, LIBDIR, INCLUDEDIR, PKGCONFIGDIR, SYSCONFDIR, DATADIR, MANDIR, DOCDIR,
# BASHCOMPDIR, ZSHCOMPDIR.

PREFIX       ?= /usr/local
BINDIR       ?= $(PREFIX)/bin
LIBDIR       ?= $(PREFIX)/lib
INCLUDEDIR   ?= $(PREFIX)/include
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
SYSCONFDIR   ?= $(if $(filter /usr,$(abspath $(PREFIX))),/etc,$(PREFIX)/etc)
DATADIR      ?= $(PREFIX)/share
MANDIR       ?= $(DATADIR)/man
DOCDIR       ?= $(DATADIR)/doc/musegen
BASHCOMPDIR  ?= $(DATADIR)/bash-completion/completions
ZSHCOMPDIR   ?= $(DATADIR)/zsh/site-functions

# Absolute and without doubled slashes, as they are compiled in and written into musegen.pc.
define absolute
$(if $(word 2,$($(1))),$(error $(1) has a blank in it: "$($(1))"))
override $(1) := $$(abspath $$($(1)))
endef
$(foreach v,PREFIX BINDIR LIBDIR INCLUDEDIR PKGCONFIGDIR SYSCONFDIR DATADIR MANDIR DOCDIR BASHCOMPDIR ZSHCOMPDIR,\
	$(eval $(call absolute,$(v))))

# ---- The shared library ------------------------------------------------------

# The same objects once more, for any address: what musegen.h's functions need of them, and no name of ours but theirs.
# musegen.pc names for static programs what is linked here, which -z defs holds complete. OpenBLAS is not among what it
# requires, since openblas.pc has them link Fortran's library, which the products that we call do without.
SOVERSION       := 0
library_needs   := libcjson
library_private := $(or $(strip $(shell $(PKG_CONFIG) --libs openblas 2>/dev/null)),-lopenblas) -lm -pthread
library_libs    := $(or $(shell $(PKG_CONFIG) --libs $(library_needs) 2>/dev/null),-lcjson) $(library_private)
pic_obj         := $(lib_src:%.c=$(B)/pic/%.o)

$(B)/pic/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC PIC  $<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -MMD -MP -c -o $@ $<

-include $(pic_obj:.o=.d)

$(B)/pic/floors.a: $(pic_obj)
	$(call say,AR      $@)
	$(Q)rm -f $@ && ar rcs $@ $^

$(B)/libmusegen.so: $(B)/pic/floors.a src/libmusegen.map
	$(call say,LINK    $@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,libmusegen.so.$(SOVERSION) -Wl,-z,defs -Wl,--as-needed \
		-Wl,--version-script=src/libmusegen.map -o $@ $(api_src:%.c=$(B)/pic/%.o) $< $(library_libs)

# ---- What knows where it will be ---------------------------------------------

# The program of the checkout looks for its models there, the installed one where they are installed: the same objects
# but for this one. So another PREFIX compiles one file, and leaves build/musegen as it is.
told := -DMUSEGEN_BINDIR='"$(BINDIR)"' -DMUSEGEN_DATADIR='"$(DATADIR)/musegen"' -DMUSEGEN_CONFIGDIR='"$(SYSCONFDIR)/musegen"'

$(B)/installed/folders: FORCE
	@mkdir -p $(@D)
	@echo "$(told) $(PREFIX) $(LIBDIR) $(INCLUDEDIR) $(VERSION)" | cmp -s - $@ || \
		echo "$(told) $(PREFIX) $(LIBDIR) $(INCLUDEDIR) $(VERSION)" > $@

$(B)/installed/installed.o: src/cli/installed.c $(B)/flags $(B)/installed/folders
	$(call say,CC      $< for $(PREFIX))
	$(Q)$(CC) $(CPPFLAGS) $(told) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(B)/installed/installed.d

$(B)/installed/musegen: $(filter-out %/installed.o,$(cli_obj)) $(B)/installed/installed.o $(B)/floors.a
	$(call say,LINK    $@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) $(SCREEN_LIBS)

$(B)/installed/musegen.pc: src/musegen.pc.in $(B)/installed/folders
	$(call say,WRITE   $@)
	$(Q)sed -e 's|@prefix@|$(PREFIX)|' -e 's|@libdir@|$(LIBDIR:$(PREFIX)/%=$${prefix}/%)|' \
		-e 's|@includedir@|$(INCLUDEDIR:$(PREFIX)/%=$${prefix}/%)|' -e 's|@datadir@|$(DATADIR:$(PREFIX)/%=$${prefix}/%)|' \
		-e 's|@version@|$(VERSION)|' -e 's|@needs@|$(library_needs)|' \
		-e 's|@private@|$(library_private)|' $< > $@

$(B)/installed/musegen.bash $(B)/installed/_musegen: $(B)/musegen
	$(call say,WRITE   $@)
	$(Q)mkdir -p $(@D) && $(B)/musegen completion $(if $(filter %.bash,$@),bash,zsh) > $@.new && mv $@.new $@

INSTALLABLE := $(B)/installed/musegen $(B)/installed/musegen.pc $(B)/installed/musegen.bash $(B)/installed/_musegen \
	$(B)/libmusegen.a $(B)/libmusegen.so

# ---- What goes where ---------------------------------------------------------

# By name, as they were added: a folder of models also holds what its owner trained.
SHIPPED_MODELS := models/base.safetensors models/chorales.safetensors models/folk.safetensors models/piano.safetensors

# Mode, file and its place. A link has what it points to for a file; "conf" is a file that its owner may change.
in_folder = $(foreach f,$(2),644:$(f):$(1)/$(notdir $(f)))
installed := \
	755:$(B)/installed/musegen:$(BINDIR)/musegen \
	$(call in_folder,$(INCLUDEDIR),include/musegen.h) \
	$(call in_folder,$(LIBDIR),$(B)/libmusegen.a) \
	644:$(B)/libmusegen.so:$(LIBDIR)/libmusegen.so.$(VERSION) \
	link:libmusegen.so.$(VERSION):$(LIBDIR)/libmusegen.so.$(SOVERSION) \
	link:libmusegen.so.$(SOVERSION):$(LIBDIR)/libmusegen.so \
	$(call in_folder,$(PKGCONFIGDIR),$(B)/installed/musegen.pc) \
	conf:config.ini:$(SYSCONFDIR)/musegen/config.ini \
	$(call in_folder,$(DATADIR)/musegen/models,$(SHIPPED_MODELS)) \
	$(call in_folder,$(DATADIR)/musegen/models/presets,$(sort $(wildcard models/presets/*.ini))) \
	$(call in_folder,$(MANDIR)/man1,man/musegen.1) \
	$(call in_folder,$(MANDIR)/man5,man/musegen-config.5) \
	644:$(B)/installed/musegen.bash:$(BASHCOMPDIR)/musegen \
	$(call in_folder,$(ZSHCOMPDIR),$(B)/installed/_musegen) \
	$(call in_folder,$(DOCDIR),README.md LICENSE) \
	$(call in_folder,$(DOCDIR)/docs,$(sort $(wildcard docs/*.md))) \
	$(call in_folder,$(DOCDIR)/examples,config.ini tests/api/example.c)

# Folders of ours alone, the inner ones first.
own_folders := $(DATADIR)/musegen/models/presets $(DATADIR)/musegen/models $(DATADIR)/musegen \
	$(SYSCONFDIR)/musegen $(DOCDIR)/docs $(DOCDIR)/examples $(DOCDIR)

# For each of them: $mode, $from, and $to below DESTDIR.
export DESTDIR
each_installed = for item in $(installed); do \
	mode=$${item%%:*}; item=$${item\#*:}; from=$${item%%:*}; to="$$DESTDIR$${item\#*:}";
# A config.ini is as it was put there when it equals the copy in examples/, which install wrote along with it.
unchanged = cmp -s "$$to" "$$DESTDIR$(DOCDIR)/examples/config.ini" || cmp -s "$$to" config.ini

.PHONY: install uninstall
install: $(INSTALLABLE)
	@set -e; umask 022; $(each_installed) \
		mkdir -p "$${to%/*}"; \
		case $$mode in \
		link) ln -sf "$$from" "$$to" ;; \
		conf) \
			if [ -e "$$to" ] && ! { $(unchanged); }; then \
				echo "  KEPT    $$to, which was changed; the new one is $(DOCDIR)/examples/config.ini"; \
				continue; \
			fi; \
			install -m 644 "$$from" "$$to" ;; \
		*) install -m "$$mode" "$$from" "$$to" ;; \
		esac; \
		echo "  INSTALL $$to"; \
	done
	@[ -n "$$DESTDIR" ] || [ "$$(id -u)" -ne 0 ] || \
		echo "Programs find libmusegen.so.$(SOVERSION) once ldconfig has been run."

uninstall:
	@set -e; $(each_installed) \
		if [ "$$mode" = conf ] && [ -e "$$to" ] && ! { $(unchanged); }; then \
			echo "  KEPT    $$to, which was changed"; \
			continue; \
		fi; \
		if [ -e "$$to" ] || [ -L "$$to" ]; then rm -f "$$to"; echo "  REMOVE  $$to"; fi; \
	done
	@for folder in $(own_folders); do rmdir "$$DESTDIR$$folder" 2>/dev/null || :; done

# ---- The manual --------------------------------------------------------------

# The page on the settings lists them as the program does.
.PHONY: man
man: $(B)/musegen
	$(call say,WRITE   man/musegen-config.5)
	$(Q)$(B)/musegen info --built-in | awk -f man/settings.awk - man/musegen-config.5 > man/musegen-config.5.new
	$(Q)mv man/musegen-config.5.new man/musegen-config.5
