# Retrain the vessel net: make -f models/train/vessel.mk DATA=... WORK=...
# Recipes use python from the path; call from the repository root.
PYTHON ?= python
EPOCHS ?= 25
INPUT_PX ?= 416
SEED ?= 5

vessel:
	test -n "$(DATA)" && test -n "$(WORK)"
	$(PYTHON) -m models.train.fetch
	$(PYTHON) -m models.train.vessels --data $(DATA) --out $(WORK)/vessels --seed $(SEED)
	$(PYTHON) -m models.train.train --net vessel --set $(WORK)/vessels/vessels.yaml --out $(WORK)/run-vessel \
		--epochs $(EPOCHS) --input-px $(INPUT_PX) --seed $(SEED)
	$(PYTHON) -m models.train.adopt $(WORK)/run-vessel/weights/last.pt vessel
	$(PYTHON) -m models.train.export vessel
	$(PYTHON) -m models.train.evaluate_vessel --data $(DATA) --set $(WORK)/vessels
	$(PYTHON) -m models.train.publish
	$(PYTHON) -m models.train.plots vessel
	$(PYTHON) -m models.train.failures

.PHONY: vessel
