# Retrain the crop net: make -f models/train/crop.mk DATA=... WORK=... [RENDERS=...]
# Recipes use python from the path; call from the repository root.
PYTHON ?= python
COMPOSITES ?= 4000
EPOCHS ?= 12
INPUT_PX ?= 320
SEED ?= 1

crop:
	test -n "$(DATA)" && test -n "$(WORK)"
	$(PYTHON) -m models.train.fetch
	$(PYTHON) -m models.train.prepare --data $(DATA) --out $(WORK)/looks --composites $(COMPOSITES) --seed $(SEED) \
		$(if $(RENDERS),--renders $(RENDERS))
	$(PYTHON) -m models.train.mining --data $(DATA) --set $(WORK)/looks --seed $(SEED)
	$(PYTHON) -m models.train.train --set $(WORK)/looks/crops.yaml --out $(WORK)/run --epochs $(EPOCHS) \
		--input-px $(INPUT_PX) --seed $(SEED)
	$(PYTHON) -m models.train.adopt $(WORK)/run/weights/last.pt crop
	$(PYTHON) -m models.train.export crop
	$(PYTHON) -m models.train.evaluate --data $(DATA) --set $(WORK)/looks --input-px $(INPUT_PX)
	$(PYTHON) -m models.train.publish
	$(PYTHON) -m models.train.plots crop
	$(PYTHON) -m models.train.failures

.PHONY: crop
