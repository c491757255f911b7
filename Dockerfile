# htrun as an image: docker build -t htrun . && docker run --rm -v "$PWD:/work" htrun run api.json
# Node is needed to build the wheel (it comes from PyPI), and is not in the image.
FROM python:3.13-slim AS build
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --wheel-dir /wheels '.[simulator,xml]'

FROM python:3.13-slim
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-compile --no-index /wheels/*.whl \
    && useradd --create-home --uid 1000 htrun
USER 1000
WORKDIR /work
ENTRYPOINT ["htrun"]
CMD ["--help"]
