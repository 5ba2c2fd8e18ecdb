# How corpus/**/*.mid are made from the .abc beside them.
#
#   make corpus          makes every .mid that is older than its .abc
#   make corpus-check    makes all of them anew in a scratch folder and compares: no difference is the only success
#
# Needs abc2midi (package abcmidi) and GNU sed. abc2midi writes neither part names nor markers: it turns a comment
# that stands alone in a voice (%Soprano, %fermata) into a text event at that place. A marker and a name differ from
# a text in one byte, the type after FF, and sed sets it: 01 text -> 03 track name, 01 text -> 06 marker. In the first
# part abc2midi puts the piece's title where the part's name belongs; that becomes a text. Lengths stay as they are.

ABC2MIDI   ?= abc2midi
CORPUS_ABC := $(sort $(wildcard corpus/*/*/*.abc))
CORPUS_MID := $(CORPUS_ABC:.abc=.mid)

# abc2midi's word is law here: a bar that does not add up, or voices of unequal length, is a warning, and a warning stops.
define corpus_engrave
	$(ABC2MIDI) $(1) -o $(2) > $(2).log
	@if grep -E '^(Error|Warning)' $(2).log >&2; then echo "$(1): not engraved" >&2; rm -f $(2) $(2).log; exit 1; fi
	@rm -f $(2).log
	@LC_ALL=C sed -i \
	  -e 's/\(note track\x00\xff\)\x03/\1\x01/' \
	  -e 's/\xff\x01\(\x07Soprano\|\x04Alto\|\x05Tenor\|\x04Bass\|\x05Upper\|\x05Lower\)/\xff\x03\1/g' \
	  -e 's/\xff\x01\x07fermata/\xff\x06\x07fermata/g' $(2)
endef

.PHONY: corpus corpus-check
corpus: $(CORPUS_MID)

$(CORPUS_MID): %.mid: %.abc corpus/corpus.mk
	$(call corpus_engrave,$<,$@)

corpus-check:
	@scratch=$$(mktemp -d) && cp -R corpus "$$scratch"/ && find "$$scratch/corpus" -name '*.mid' -delete && \
	  $(MAKE) -s -C "$$scratch" -f corpus/corpus.mk corpus && status=0; \
	  for mid in $(CORPUS_MID); do cmp "$$mid" "$$scratch/$$mid" || status=1; done; rm -rf "$$scratch"; exit $$status
