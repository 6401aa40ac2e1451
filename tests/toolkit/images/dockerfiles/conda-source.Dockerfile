FROM continuumio/miniconda3
COPY environment.yml /tmp/
RUN conda update -n base conda && conda env create -f /tmp/environment.yml
RUN echo "source activate speech" > ~/.bashrc
ENV PATH /opt/conda/envs/speech/bin:$PATH
RUN conda install -y -c conda-forge librosa
COPY . /app
WORKDIR /app
RUN source activate speech && pip install -e .
CMD ["python", "-m", "speech.server"]
